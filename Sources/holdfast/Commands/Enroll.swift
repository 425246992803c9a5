import ArgumentParser
import EdgeCore
import EdgeModel

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
        let body = ["url": url, "code": code]
        try await NewUpstream(options: options, body: body, pin: pin).add { core, organization, pin in
            try await core.upstreams.enroll(
                url: url, code: code, pin: pin, for: organization, by: .machine
            ).upstream
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
