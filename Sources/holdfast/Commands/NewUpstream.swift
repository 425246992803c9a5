import EdgeCore
import EdgeModel
import FoundationEssentials
import NIOHTTP1

/// An upstream that is added at the gateway which runs here, or to the data of one that is stopped.
struct NewUpstream {
    let options: GatewayOptions
    /// What the API is told.
    let body: [String: String]
    let pin: String?

    /// Says what the upstream is called. `addOffline` adds it where nothing runs.
    func add(
        offline addOffline: (EdgeCore, OrganizationID, _ pin: [UInt8]?) async throws -> Upstream
    ) async throws {
        do {
            let directory = try Configuration(options.settings()).dataDirectory
            if let gateway = try LocalGateway(dataDirectory: directory, token: nil) {
                var body = body
                body["pin"] = pin
                if let answer = try await gateway.request(.POST, "/upstreams", body: body) {
                    return Terminal.say(
                        try LocalGateway.decoder.decode(UpstreamAnswer.self, from: answer).text)
                }
            }
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        }
        try await OfflineCore.run(options) { core in
            guard let organization = try await core.organizations().first else {
                throw ConfigurationError("there is no organization yet; start the gateway once")
            }
            let pin = try pin.map { text in
                guard let bytes = PinText.parse(text) else {
                    throw ConfigurationError("--pin: '\(text)' is not \(PinText.expected)")
                }
                return bytes
            }
            let upstream = try await addOffline(core, organization, pin)
            Terminal.say("upstream  \(upstream.id)\ngateway   \(upstream.gateway)")
        }
    }
}
