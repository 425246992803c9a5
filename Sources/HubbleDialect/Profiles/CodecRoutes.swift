import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// Codecs: make, list, read, change, delete, try.
struct CodecRoutes {
    let core: EdgeCore

    var routes: [Route] { [create, list, read, update, delete, decode, encode, redecode].about("Codecs") }

    private static let all = "/api/org/{org_id}/codecs"
    private static let one = "/api/org/{org_id}/codecs/{codec_id}"
    private static let officialAll = "/v1/org/{org_id}/codecs"
    private static let officialOne = "/v1/org/{org_id}/codecs/{codec_id}"

    private func view(_ codec: Codec) -> CodecView {
        CodecView(codec: codec, isParked: core.codecs.isParked(codec))
    }

    private var create: Route {
        Route(
            .post, Self.all, Self.officialAll, access: .permitted(Permission(.devices, .write)),
            summary: "Make a codec",
            description: """
                cayenne_lpp needs nothing more, layout has fields, javascript a source of ECMAScript 5.1 \
                with decodeUplink, encodeDownlink (LoRa Alliance TS013), Decoder(bytes, port) or \
                Decode(fPort, bytes). A call may compute for 50 ms and take 8 MiB.
                """,
            request: CodecBody.createSchema.example(CodecExamples.create),
            responses: [.init(201, "Made", CodecView.schema.example(CodecExamples.one))]
                + CommonResponses.errors(400, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: CodecBody.self)
            guard let name = body.name else { throw EdgeError.invalid("Missing required field: name") }
            guard let kind = try body.makeKind() else {
                throw EdgeError.invalid("Missing required field: kind")
            }
            let codec = try await core.codecs.create(
                named: name, kind: kind, source: try body.makeSource() ?? "", in: call.organization,
                by: call.origin)
            return .json(201) { view(codec).write(to: &$0) }
        }
    }

    private var list: Route {
        Route(
            .get, Self.all, Self.officialAll, access: .permitted(Permission(.devices, .read)),
            summary: "List codecs", description: "By name.",
            responses: [
                .init(
                    200, "All codecs",
                    .whole([.init("codecs", .array(CodecView.item, maximum: CodecRules.limit))])
                        .example(CodecExamples.list))
            ] + CommonResponses.errors()
        ) { [core] call in
            let codecs = try await core.codecs.list(call.organization)
            return .json { json in
                json.object { json in
                    json.array("codecs", codecs) { json, codec in
                        json.object { view(codec).writeMembers(to: &$0) }
                    }
                }
            }
        }
    }

    private var read: Route {
        Route(
            .get, Self.one, Self.officialOne, access: .permitted(Permission(.devices, .read)),
            summary: "Read a codec",
            responses: [.init(200, "The codec", CodecView.schema.example(CodecExamples.one))]
                + CommonResponses.errors(404)
        ) { [core] call in
            let codec = try await core.codecs.find(
                CodecID(try call.parameter("codec_id")), in: call.organization)
            return .json { view(codec).write(to: &$0) }
        }
    }

    private var update: Route {
        Route(
            .patch, Self.one, Self.officialOne, access: .permitted(Permission(.devices, .write)),
            summary: "Change a codec",
            description: "Members that are not sent stay. Another source is for packets from then on.",
            request: CodecBody.updateSchema.example(CodecExamples.update),
            responses: [.init(200, "The codec as it is now", CodecView.schema.example(CodecExamples.one))]
                + CommonResponses.errors(400, 404, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: CodecBody.self)
            let codec = try await core.codecs.update(
                CodecID(try call.parameter("codec_id")), in: call.organization, by: call.origin
            ) { try body.apply(to: &$0) }
            return .json { view(codec).write(to: &$0) }
        }
    }

    private var delete: Route {
        Route(
            .delete, Self.one, Self.officialOne, access: .permitted(Permission(.devices, .write)),
            summary: "Delete a codec", description: "Refused while a device or a profile has it.",
            responses: [
                .init(
                    200, "Deleted",
                    .whole([.init("message", .text), .init("codec_id", .text)])
                        .example(CodecExamples.deleted))
            ] + CommonResponses.errors(404, 409, 507)
        ) { [core] call in
            let id = CodecID(try call.parameter("codec_id"))
            try await core.codecs.delete(id, in: call.organization, by: call.origin)
            return .json { json in
                json.object {
                    $0.field("message", "Codec successfully deleted")
                    $0.field("codec_id", id.rawValue)
                }
            }
        }
    }

    private var decode: Route {
        Route(
            .post, Self.one + "/decode", Self.officialOne + "/decode",
            access: .permitted(Permission(.devices, .read)), summary: "Try a codec on a payload",
            description: "Nothing is kept. What is wrong with the payload, or the codec, is in the answer.",
            request: PayloadBody.schema.example(CodecExamples.decode),
            responses: [.init(200, "What came of it", DecodingView.schema.example(CodecExamples.decoded))]
                + CommonResponses.errors(400, 404, 413)
        ) { [core] call in
            let input = try call.json(as: PayloadBody.self).input(at: core.clock.now().wall)
            let decoding = try await core.codecs.decode(
                input, with: CodecID(try call.parameter("codec_id")), in: call.organization)
            return .json { json in
                json.object { DecodingView(decoding: decoding).writeMembers(to: &$0) }
            }
        }
    }

    private var redecode: Route {
        Route(
            .post, Self.one + "/redecode", Self.officialOne + "/redecode",
            access: .permitted(Permission(.devices, .write)), summary: "Decode packets again",
            description: """
                Gives the newest stored packets of the devices that have the codec now to it again, among \
                the last 100,000 of all.
                """,
            request: .object([
                .init("limit", .integer(minimum: 1, maximum: CodecRules.redecodingLimit), "1000 if absent")
            ]).example(CodecExamples.redecode),
            responses: [
                .init(
                    200, "Done",
                    .whole([.init("packets", .integer(minimum: 0)), .init("failed", .integer(minimum: 0))])
                        .example(CodecExamples.redecoded))
            ] + CommonResponses.errors(400, 404, 413, 507)
        ) { [core] call in
            let limit = try call.json(as: RedecodeBody.self).limit ?? 1_000
            let done = try await core.codecs.redecode(
                CodecID(try call.parameter("codec_id")), limit: limit, in: call.organization)
            return .json { json in
                json.object {
                    $0.field("packets", done.packets)
                    $0.field("failed", done.failed)
                }
            }
        }
    }

    private var encode: Route {
        let result = Schema.whole([
            .init("payload", .nullable(.text), "Base64"),
            .init("f_port", .nullable(.integer(minimum: 0, maximum: 255))),
            .init("warnings", .array(.text)), .init("errors", .array(.text)),
        ])
        return Route(
            .post, Self.one + "/encode", Self.officialOne + "/encode",
            access: .permitted(Permission(.devices, .read)), summary: "Try a codec on values",
            description: "Makes the payload of a downlink of them. Nothing is sent.",
            request: ValuesBody.schema.example(CodecExamples.encode),
            responses: [.init(200, "What came of it", result.example(CodecExamples.encoded))]
                + CommonResponses.errors(400, 404, 413)
        ) { [core] call in
            let body = try call.json(as: ValuesBody.self)
            let made = try await core.codecs.encode(
                body.text, fPort: try PayloadBody.port(body.fPort),
                with: CodecID(try call.parameter("codec_id")), in: call.organization)
            return .json { json in
                json.object { json in
                    json.key("payload")
                    if let bytes = made.bytes { json.base64(bytes) } else { json.null() }
                    json.field("f_port", made.fPort.map(Int.init))
                    json.array("warnings", made.warnings) { $0.value($1) }
                    json.array("errors", made.errors) { $0.value($1) }
                }
            }
        }
    }
}
