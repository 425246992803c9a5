import EdgeCore
import EdgeDelivery
import EdgeModel
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Speaks the Hubble gateway API as a gateway of it.
struct HubbleGatewayClient: Sendable {
    let connection: CentralConnection
    private let sdkKey: SecretBytes
    private let deviceID: String
    private let version: String

    /// What the service wants of its gateways.
    struct Instructions: Decodable, Sendable {
        var uploadIntervalMs: Int64?
        var uploadBatchSize: Int?
    }

    struct Admission: Decodable, Sendable {
        /// Given at a registration only.
        var gatewayId: String?
        var deviceToken: String
        /// Nil where the one that was used stays good.
        var refreshToken: String?
        var expiresInSeconds: Int
        var config: Instructions?

        /// Texts go into headers and paths of later requests.
        var isGood: Bool {
            let texts = [deviceToken, gatewayId ?? "-", refreshToken ?? "-"]
            return expiresInSeconds > 0
                && texts.allSatisfy { text in
                    !text.isEmpty && text.utf8.count <= 4_096
                        && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
                } && !(gatewayId ?? "").utf8.contains { [UInt8]("/?#%".utf8).contains($0) }
        }
    }

    enum Answer<Value: Sendable>: Sendable {
        case done(Value)
        /// The token or the key is not good, or the service does not know this gateway.
        case refused(String)
        case failed(String, asked: Duration?)
        /// It does not take this, however often it is sent.
        case rejected(String)
    }

    struct Receipt: Decodable, Sendable {
        var accepted: Int?
        var rejected: Int?
    }

    init(
        _ upstream: Upstream, _ registration: HubbleRegistration, _ version: String,
        _ resolver: AddressResolver, _ clock: EdgeClock
    ) throws {
        connection = CentralConnection(
            url: try DestinationURL(upstream.url), pin: upstream.pin, resolver: resolver, clock: clock)
        sdkKey = upstream.credential
        deviceID = registration.deviceID
        self.version = version
    }

    func register(at time: Timestamp) async throws -> Answer<Admission> {
        let response = try await connection.perform(
            .PUT, "/api/v1/gateways", body: try description(at: time), contentType: "application/json",
            credential: nil, sdkKey: sdkKey)
        return try admission(response, needsGateway: true)
    }

    func refresh(_ token: SecretBytes) async throws -> Answer<Admission> {
        let body = ["refreshToken": String(decoding: token.bytes, as: UTF8.self)]
        let response = try await connection.perform(
            .POST, "/api/v1/auth/refresh", body: Array(try JSONEncoder().encode(body)),
            contentType: "application/json", credential: nil)
        return try admission(response, needsGateway: false)
    }

    /// Says that this gateway is alive; what it is told to do.
    func heartbeat(_ gateway: GatewayID, _ token: SecretBytes, at time: Timestamp) async throws
        -> Answer<Instructions?>
    {
        struct Alive: Decodable { var config: Instructions? }
        let response = try await connection.perform(
            .PUT, "/api/v1/gateways/\(gateway.rawValue)", body: try description(at: time),
            contentType: "application/json", credential: token)
        guard response.status == 200 else { return Self.problem(response) }
        return .done(Self.decode(Alive.self, response)?.config)
    }

    func upload(_ upload: HubbleUpload, as gateway: GatewayID, _ token: SecretBytes) async throws
        -> Answer<Receipt>
    {
        let response = try await connection.perform(
            .POST, "/api/v1/gateways/\(gateway.rawValue)/packets", body: upload.body,
            contentType: "application/json", credential: token)
        guard [200, 201, 202].contains(response.status) else { return Self.problem(response) }
        return .done(Self.decode(Receipt.self, response) ?? Receipt())
    }

    private func admission(_ response: CentralResponse, needsGateway: Bool) throws -> Answer<Admission> {
        guard response.status == 200 || response.status == 201 else { return Self.problem(response) }
        guard let admission = Self.decode(Admission.self, response), admission.isGood,
            !needsGateway || (admission.gatewayId != nil && admission.refreshToken != nil)
        else {
            return .failed("the answer cannot be read: does it speak the Hubble gateway API?", asked: nil)
        }
        return .done(admission)
    }

    private static func problem<Value>(_ response: CentralResponse) -> Answer<Value> {
        let message = CentralClient.message(of: response)
        switch response.status {
        case 400, 413, 422: return .rejected(message)
        case 401, 403, 404: return .refused(message)
        default: return .failed(message, asked: response.retryAfter)
        }
    }

    private static func decode<Value: Decodable>(_: Value.Type, _ response: CentralResponse) -> Value? {
        try? JSONDecoder().decode(Value.self, from: Data(response.body.readableBytesView))
    }

    private func description(at time: Timestamp) throws -> [UInt8] {
        struct Description: Encodable {
            var sentAtMillis: Int64
            var deviceId: String
            var type = "custom"
            var manufacturer = "Linux"
            var model = "holdfast"
            var firmwareVersion: String
            var locale = "en_US"
            var bleAdapterState = "on"
            var capabilities = ["ble_scan"]
            var platform: [String: String]
        }
        let description = Description(
            sentAtMillis: time.microseconds.dividedFlooring(by: 1_000), deviceId: deviceID,
            firmwareVersion: version, platform: ["os": "Linux", "sdk": "holdfast", "sdkVersion": version])
        return Array(try JSONEncoder().encode(description))
    }
}

extension HubbleGatewayClient {
    /// The first registration, on a connection of its own.
    static func register(_ upstream: Upstream, _ version: String, _ clock: EdgeClock) async throws -> (
        gateway: GatewayID, token: SecretBytes
    ) {
        guard let registration = upstream.hubble else { throw EdgeError.invalid("It has no device_id") }
        let resolver = AddressResolver()
        resolver.start()
        defer { resolver.shutDown() }
        let client = try HubbleGatewayClient(upstream, registration, version, resolver, clock)
        let answer: Answer<Admission>
        do {
            answer = try await client.register(at: clock.now().wall)
        } catch {
            await client.connection.close()
            guard let error = error as? UnreachableCentral else { throw error }
            throw EdgeError(.unavailable, "It cannot be reached: \(error.description)", cause: error)
        }
        await client.connection.close()
        switch answer {
        case .done(let admission):
            return (
                GatewayID(admission.gatewayId ?? ""),
                SecretBytes(Array((admission.refreshToken ?? "").utf8))
            )
        case .refused(let reason): throw EdgeError(.invalid, "The SDK key is refused: \(reason)")
        case .failed(let reason, _), .rejected(let reason):
            throw EdgeError(.unavailable, "It does not register: \(reason)")
        }
    }
}
