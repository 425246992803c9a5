import EdgeCore
import EdgeHTTP
import EdgeModel
import FoundationEssentials
import HTTPTypes
import NIOCore
import SyncProtocol

/// What gateways bring beside packets, at a central.
struct RecordRoutes {
    let core: EdgeCore

    var routes: [Route] { [audit, frames].about("Store and forward") }

    private static let kept = Route.Response(
        200, "Kept",
        .whole([.init("message", .text), .init("count", .integer(minimum: 0))]).example(SyncExamples.kept))

    private var audit: Route {
        Route(
            .post, "/api/v1/edge/audit", access: .enrolled, summary: "Bring audit entries",
            description: """
                As they were written, each with its hash, sealed to the central (HPKE, authenticated). The \
                same entry again changes nothing.
                """,
            request: SyncSchemas.batch.example(SyncExamples.batch),
            responses: [Self.kept] + SyncRoutes.errors()
        ) { [core] call in
            let gateway = try call.enrolledGateway
            let batch: AuditBatch = try Self.open(call, from: gateway, core, SyncPurpose.audit)
            try await core.central.take(batch, from: gateway)
            return Self.reply(batch.entries.count)
        }
    }

    private var frames: Route {
        Route(
            .post, "/api/v1/edge/frames", access: .enrolled, summary: "Bring frames that nobody could open",
            description: """
                Sealed to the central (HPKE, authenticated). They are opened here when their device is \
                registered. The same frame again changes nothing.
                """,
            request: SyncSchemas.batch.example(SyncExamples.batch),
            responses: [Self.kept] + SyncRoutes.errors()
        ) { [core] call in
            let gateway = try call.enrolledGateway
            let batch: RawFrameBatch = try Self.open(call, from: gateway, core, SyncPurpose.frames)
            try await core.central.take(batch, from: gateway)
            return Self.reply(batch.frames.count)
        }
    }

    private static func open<Batch: Decodable>(
        _ call: Call, from gateway: EnrolledGateway, _ core: EdgeCore, _ purpose: String
    ) throws -> Batch {
        let content = try SealedEnvelope.open(
            Array(call.body.readableBytesView), by: core.central.privateKey, from: gateway.publicKey,
            purpose: purpose)
        guard let batch = try? JSONDecoder().decode(Batch.self, from: Data(content)) else {
            throw EdgeError.invalid("What is in the envelope cannot be read")
        }
        return batch
    }

    private static func reply(_ count: Int) -> Reply {
        .json { json in
            json.object {
                $0.field("message", "Kept")
                $0.field("count", count)
            }
        }
    }
}
