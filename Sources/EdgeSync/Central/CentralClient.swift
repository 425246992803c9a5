import Crypto
package import EdgeCore
import EdgeDelivery
package import EdgeModel
import FoundationEssentials
import NIOCore
import NIOHTTP1
import SyncProtocol

/// Speaks the edge API with one central. Throws an `UpstreamFailure` for what the central does not take.
struct CentralClient: Sendable {
    let connection: CentralConnection
    let credential: SecretBytes

    func report(_ report: GatewayReport) async throws -> SyncAnswer {
        let response = try await connection.perform(
            .PUT, "/api/v1/edge/status", body: try Self.encoded(report),
            contentType: "application/json", credential: credential)
        return try Self.answer(response)
    }

    func send(_ packed: [UInt8]) async throws -> SyncAnswer {
        let response = try await connection.perform(
            .POST, "/api/v1/edge/batches", body: packed, contentType: BatchFormat.contentType,
            isCompressed: true, credential: credential)
        return try Self.answer(response)
    }

    /// What the central has under these numbers.
    func fingerprints(_ range: ClosedRange<Int64>, of epoch: UniqueID) async throws -> SyncFingerprints {
        let query = "epoch=\(epoch)&first=\(range.lowerBound)&last=\(range.upperBound)"
        let response = try await connection.perform(
            .GET, "/api/v1/edge/fingerprints?\(query)", body: [], contentType: "application/json",
            credential: credential)
        try Self.check(response)
        guard
            let found = FingerprintFormat.decode(
                Array(response.body.readableBytesView), first: range.lowerBound),
            found.values.count == range.count
        else { throw Self.unreadable }
        return found
    }

    /// The changes of the central's registry after `revision`.
    func registry(after revision: Int64, as upstream: Upstream) async throws -> RegistryPage {
        let response = try await connection.perform(
            .GET, "/api/v1/edge/registry?after=\(revision)&format=\(SettingsKind.format)", body: [],
            contentType: "application/json",
            credential: credential)
        try Self.check(response)
        let content = try SealedEnvelope.open(
            Array(response.body.readableBytesView), by: upstream.privateKey, from: upstream.centralKey,
            purpose: SyncPurpose.registry)
        return try JSONDecoder().decode(RegistryPage.self, from: Data(content))
    }

    /// The changes of the central's settings after `revision`.
    func settings(after revision: Int64, as upstream: Upstream) async throws -> SettingsPage {
        let response = try await connection.perform(
            .GET, "/api/v1/edge/settings?after=\(revision)", body: [], contentType: "application/json",
            credential: credential)
        try Self.check(response)
        let content = try SealedEnvelope.open(
            Array(response.body.readableBytesView), by: upstream.privateKey, from: upstream.centralKey,
            purpose: SyncPurpose.settings)
        return try JSONDecoder().decode(SettingsPage.self, from: Data(content))
    }

    /// When this returns, the central keeps the records. Gives how many bytes that took.
    func bring(_ records: some Encodable, to path: String, purpose: String, as upstream: Upstream)
        async throws
        -> Int
    {
        let sealed = try SealedEnvelope.seal(
            try Self.encoded(records), to: upstream.centralKey, from: upstream.privateKey,
            purpose: purpose)
        let response = try await connection.perform(
            .POST, path, body: sealed, contentType: SealedEnvelope.contentType, credential: credential)
        try Self.check(response)
        return sealed.count
    }

    /// Brings sessions, and fetches those of others.
    func exchange(_ sessions: SessionExchange, as upstream: Upstream) async throws -> SessionAnswer {
        let sealed = try SealedEnvelope.seal(
            Array(try JSONEncoder().encode(sessions)), to: upstream.centralKey, from: upstream.privateKey,
            purpose: SyncPurpose.sessions)
        let response = try await connection.perform(
            .POST, "/api/v1/edge/sessions", body: sealed, contentType: SealedEnvelope.contentType,
            credential: credential)
        try Self.check(response)
        let content = try SealedEnvelope.open(
            Array(response.body.readableBytesView), by: upstream.privateKey, from: upstream.centralKey,
            purpose: SyncPurpose.sessions)
        return try JSONDecoder().decode(SessionAnswer.self, from: Data(content))
    }

    /// When this returns, the operations are merged.
    func merge(_ operations: [RegistryOperation], as upstream: Upstream) async throws {
        let sealed = try SealedEnvelope.seal(
            Array(try JSONEncoder().encode(operations)), to: upstream.centralKey, from: upstream.privateKey,
            purpose: SyncPurpose.operations)
        let response = try await connection.perform(
            .POST, "/api/v1/edge/operations", body: sealed, contentType: SealedEnvelope.contentType,
            credential: credential)
        try Self.check(response)
    }

    /// What JSON has no words for is refused already here.
    private static func encoded(_ value: some Encodable) throws(UpstreamFailure) -> [UInt8] {
        do {
            return Array(try JSONEncoder().encode(value))
        } catch {
            throw .rejected("it cannot be written as JSON")
        }
    }

    private static let unreadable = UpstreamFailure.failed("the answer cannot be read: is this a central?")

    private static func answer(_ response: CentralResponse) throws(UpstreamFailure) -> SyncAnswer {
        try check(response)
        guard
            let answer = try? JSONDecoder().decode(
                SyncAnswer.self, from: Data(response.body.readableBytesView))
        else { throw unreadable }
        return answer
    }

    private static func check(_ response: CentralResponse) throws(UpstreamFailure) {
        switch response.status {
        case 200: return
        case 400, 413, 422: throw .rejected(message(of: response))
        case 401, 403: throw .refused(message(of: response))
        default: throw .failed(message(of: response), asked: response.retryAfter)
        }
    }

    /// What the central says is wrong, in one line of bounded length.
    static func message(of response: CentralResponse) -> String {
        struct Problem: Decodable { var message: String }
        let said = try? JSONDecoder().decode(Problem.self, from: Data(response.body.readableBytesView))
        let line = (said?.message ?? "").unicodeScalars.filter { $0.value >= 0x20 }.prefix(200)
        return "HTTP status \(response.status)"
            + (line.isEmpty ? "" : ": \(String(String.UnicodeScalarView(line)))")
    }
}

extension UpstreamLink {
    /// Enrolls over the network.
    package static func network(board: UpstreamBoard, clock: EdgeClock, version: String) -> UpstreamLink {
        UpstreamLink(board: board, register: { try await HubbleGatewayClient.register($0, version, clock) }) {
            request in
            let resolver = AddressResolver()
            resolver.start()
            defer { resolver.shutDown() }
            let connection = CentralConnection(
                url: try DestinationURL(request.url), pin: request.pin, resolver: resolver, clock: clock)
            do {
                let grant = try await enroll(request, through: connection)
                await connection.close()
                return grant
            } catch {
                await connection.close()
                if let error = error as? UnreachableCentral {
                    throw EdgeError(
                        .conflict, "The central cannot be reached: \(error.description)", cause: error)
                }
                throw error
            }
        }
    }

    private static func enroll(
        _ request: Request, through connection: CentralConnection
    ) async throws -> Grant {
        struct Body: Encodable {
            var code: String
            var publicKey: Data
        }
        struct Admission: Decodable {
            var gatewayId: String
            var credential: String
            var publicKey: Data
        }
        let (encoder, decoder) = (JSONEncoder(), JSONDecoder())
        encoder.keyEncodingStrategy = .convertToSnakeCase
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let key = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: request.privateKey.bytes)
        let body = Body(code: String(request.code.prefix(64)), publicKey: key.publicKey.rawRepresentation)
        let response = try await connection.perform(
            .POST, "/api/v1/edge/enroll", body: Array(try encoder.encode(body)),
            contentType: "application/json", credential: nil)
        guard response.status == 201 else {
            let code: EdgeError.Code = response.status == 401 ? .invalid : .conflict
            throw EdgeError(code, "The central refused: " + CentralClient.message(of: response))
        }
        guard
            let admission = try? decoder.decode(
                Admission.self, from: Data(response.body.readableBytesView)),
            admission.credential.utf8.count <= 256, admission.gatewayId.utf8.count <= 128,
            admission.publicKey.count == 32
        else { throw EdgeError(.conflict, "The central's answer cannot be read") }
        return Grant(
            gateway: GatewayID(admission.gatewayId),
            credential: SecretBytes(Array(admission.credential.utf8)),
            centralKey: Array(admission.publicKey), pin: try await connection.provenKey())
    }
}
