import ArgumentParser
import EdgeCore
import EdgeModel
import FoundationEssentials
import NIOHTTP1

/// `holdfast enroll`: makes a central this gateway's upstream, also while it runs.
struct Enroll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Enroll this gateway with a central, also while it runs.",
        discussion: """
            The code is made at the central and good for one gateway, for a quarter of an hour: when the \
            answer was lost, enroll again with the same code. Over https the \
            central's public key is pinned; over http, which is for the own network only, nobody proves \
            anything.
            """)

    @OptionGroup var options: GatewayOptions

    @Argument(help: "The central: https://HOST[:PORT], or http within the own network.")
    var url: String

    @Option(help: "The code that the central made.")
    var code: String

    @Option(help: "SHA-256 of the public key that the central must prove, 64 hexadecimal digits.")
    var pin: String?

    func run() async throws {
        do {
            let directory = try Configuration(options.settings()).dataDirectory
            if let gateway = try LocalGateway(dataDirectory: directory, token: nil) {
                var body = ["url": url, "code": code]
                body["pin"] = pin
                if let answer = try await gateway.request(.POST, "/upstreams", body: body) {
                    let made = try LocalGateway.decoder.decode(UpstreamAnswer.self, from: answer)
                    return Terminal.say(made.text)
                }
            }
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        }
        try await enrollOffline()
    }

    private func enrollOffline() async throws {
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
            let made = try await core.upstreams.enroll(
                url: url, code: code, pin: pin, for: organization, by: .machine)
            Terminal.say("upstream  \(made.upstream.id)\ngateway   \(made.upstream.gateway)")
        }
    }
}

/// What the API says of an upstream, as far as it is shown at the command line.
struct UpstreamAnswer: Decodable {
    var upstreamId: String
    var url: String
    var gatewayId: String
    var state: String
    var rowsWaiting: Int
    var oldestWaitingSeconds: Int?
    var drainSeconds: Int?
    var lastError: String?
    var pin: String?

    var text: String {
        var lines = ["upstream  \(upstreamId)", "gateway   \(gatewayId)"]
        if let pin { lines.append("pin       \(pin)") }
        return lines.joined(separator: "\n")
    }

    var line: String {
        let oldest = oldestWaitingSeconds.map { ", the oldest \($0) s" } ?? ""
        let drain = drainSeconds.map { ", \($0) s to go" } ?? ""
        return "\(upstreamId)  \(url)  \(state)  \(rowsWaiting) rows wait\(oldest)\(drain)"
            + (lastError.map { "  \($0)" } ?? "")
    }
}
