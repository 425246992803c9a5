import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes
import NIOCore

/// A place to send webhook batches to on trial: it checks their shape and keeps the last few.
struct TestBatchRoutes {
    let core: EdgeCore

    var routes: [Route] { [take, list].about("Webhooks") }

    private static let tokenHeader = "HTTP-X-HUBBLE-TOKEN"
    private static let batchLimit = 1_000

    private var take: Route {
        Route(
            .post, "/api/webhook/testBatch", "/v1/webhook/testBatch", access: .optional,
            summary: "Take a webhook batch on trial",
            description: """
                With a credential, or with any HTTP-X-HUBBLE-TOKEN as a webhook sends it. Checks the shape; the \
                last 20 batches of a sender can be read back.
                """,
            parameters: [Parameter(Self.tokenHeader, .text, "The webhook's secret", in: .header)],
            request: .whole([.init("packets", .array(PacketView.schema, maximum: Self.batchLimit))]).example(
                UploadExamples.testBatch),
            responses: [
                .init(
                    200, "A valid batch",
                    .whole([.init("received", .integer(minimum: 0)), .init("valid", .boolean)]).example(
                        UploadExamples.testedBatch))
            ] + CommonResponses.errors(400, 413)
        ) { [core] call in
            let sender = try Self.sender(of: call)
            let text = String(decoding: call.body.readableBytesView, as: UTF8.self)
            do {
                let count = try Self.check(call)
                core.testBatches.keep(body: text, packets: count, problem: nil, from: sender)
                return .json { json in
                    json.object {
                        $0.field("received", count)
                        $0.field("valid", true)
                    }
                }
            } catch let error as EdgeError where error.code == .invalid {
                core.testBatches.keep(body: text, packets: 0, problem: error.message, from: sender)
                throw error
            }
        }
    }

    private var list: Route {
        let item = Schema.whole([
            .init("received_at", .time), .init("packets", .integer(minimum: 0)), .init("valid", .boolean),
            .init("problem", .nullable(.text)),
            .init("body", .nullable(.text), "As it came; nil over 1 MiB"),
        ])
        return Route(
            .get, "/api/webhook/testBatch", "/v1/webhook/testBatch", access: .member,
            summary: "Read the last test batches back",
            description:
                "Those of the organization; with HTTP-X-HUBBLE-TOKEN also those sent with that token.",
            parameters: [Parameter(Self.tokenHeader, .text, "The webhook's secret", in: .header)],
            responses: [
                .init(
                    200, "The newest first",
                    .whole([.init("batches", .array(item))]).example(UploadExamples.testBatches))
            ] + CommonResponses.errors()
        ) { [core] call in
            var senders: Set<TestBatches.Sender> = [.organization(try call.organization)]
            if let token = Self.token(of: call) { senders.insert(.holder(of: token)) }
            let entries = core.testBatches.list(senders)
            return .json { json in
                json.object { json in
                    json.array("batches", entries) { json, entry in
                        json.object {
                            $0.field("received_at", entry.receivedAt)
                            $0.field("packets", entry.packets)
                            $0.field("valid", entry.problem == nil)
                            $0.field("problem", entry.problem)
                            $0.field("body", entry.body)
                        }
                    }
                }
            }
        }
    }

    private static func token(of call: Call) -> String? {
        HTTPField.Name(tokenHeader).flatMap { call.headers[$0] }.flatMap { token in
            (1...1_024).contains(token.utf8.count) ? token : nil
        }
    }

    private static func sender(of call: Call) throws -> TestBatches.Sender {
        if let principal = call.principalIfAny { return .organization(principal.organization) }
        if let token = token(of: call) { return .holder(of: token) }
        throw EdgeError(.unauthenticated, "Send Authorization: Bearer <token> or \(tokenHeader)")
    }

    /// How many packets there are. Throws `invalid` with the first problem.
    private static func check(_ call: Call) throws -> Int {
        let batch = try call.json(as: TestBatchBody.self)
        guard batch.packets.count <= batchLimit else {
            throw EdgeError.invalid("packets: at most \(batchLimit)")
        }
        return batch.packets.count
    }
}
