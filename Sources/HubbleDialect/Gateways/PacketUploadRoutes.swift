import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// Packets from callers with an API key: uploading them, and having them opened.
struct PacketUploadRoutes {
    let core: EdgeCore

    var routes: [Route] { [upload, decode].about("Packets") }

    /// Who received what a caller sends: there is no gateway, so it is the caller.
    private static func name(of principal: Principal, _ batch: UniqueID) -> UploadName {
        UploadName(gateway: GatewayID("api-\(principal.key.id)"), batchID: batch.description)
    }

    private var upload: Route {
        Route(
            .post, "/api/org/{org_id}/packets", "/v1/org/{org_id}/packets",
            access: .permitted(Permission(.packets, .write)), summary: "Upload what another receiver heard",
            description: "Accepted means: on the disk, to be opened afterwards.",
            request: PacketUploadBody.schema.example(UploadExamples.upload),
            responses: [.init(202, "Accepted", UploadView.schema.example(UploadExamples.accepted))]
                + CommonResponses.errors(400, 413, 507)
        ) { [core] call in
            let body = try call.json(as: PacketUploadBody.self)
            let receipt = try await core.uploads.accept(
                body.claims, named: Self.name(of: call.principal, .random()), of: call.organization)
            return .json(202) { UploadView(receipt: receipt, batchID: nil).write(to: &$0) }
        }
    }

    private var decode: Route {
        Route(
            .post, "/api/org/{org_id}/packets/decode", "/v1/org/{org_id}/packets/decode",
            access: .permitted(Permission(.packets, .read)), summary: "Open advertisements",
            description: """
                At most 25, heard within 72 hours. Those that a key of the organization opens are in the \
                response, and stored as if they had been heard; the others are left out.
                """, request: DecodeBody.schema.example(UploadExamples.decode),
            responses: [
                .init(
                    200, "What was opened",
                    .whole([.init("packets", .array(PacketView.schema))]).example(UploadExamples.decoded))
            ] + CommonResponses.errors(400, 413, 507)
        ) { [core] call in
            let advertisements = try call.json(as: DecodeBody.self).advertisements
            let entries = try await core.uploads.decode(
                advertisements.map { $0.claim(at: nil) }, named: Self.name(of: call.principal, .random()),
                of: call.organization)
            return .json(size: 1_200 * (entries.count + 1)) { json in
                json.object { json in
                    json.key("packets")
                    json.open("[")
                    for (advertisement, entry) in zip(advertisements, entries) {
                        guard let entry else { continue }
                        PacketView(entry: entry, advertisement: advertisement.payload).write(to: &json)
                    }
                    json.close("]")
                }
            }
        }
    }
}
