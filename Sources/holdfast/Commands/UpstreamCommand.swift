import ArgumentParser
import FoundationEssentials
import NIOHTTP1

/// `holdfast upstream`: the centrals that a gateway which runs here sends to.
struct UpstreamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upstream", abstract: "Centrals that the gateway running here sends to.",
        subcommands: [
            AddHubbleUpstream.self, ListUpstreams.self, PauseUpstream.self, ResumeUpstream.self,
            RemoveUpstream.self,
        ])
}

/// `holdfast upstream list`.
struct ListUpstreams: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List them, and what waits for each.")

    @OptionGroup var options: GatewayOptions

    func run() async throws {
        struct Answer: Decodable { var upstreams: [UpstreamAnswer] }
        let data = try await RunningUpstreams.request(options, .GET, "/upstreams")
        for upstream in try LocalGateway.decoder.decode(Answer.self, from: data).upstreams {
            Terminal.say(upstream.line)
        }
    }
}

/// `holdfast upstream pause`.
struct PauseUpstream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Send nothing there until it is resumed.")

    @OptionGroup var options: GatewayOptions

    @Argument(help: "The identifier of the upstream, as `holdfast upstream list` shows it.")
    var identifier: String

    func run() async throws { try await RunningUpstreams.setPaused(options, identifier, true) }
}

/// `holdfast upstream resume`.
struct ResumeUpstream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Send there again.")

    @OptionGroup var options: GatewayOptions

    @Argument(help: "The identifier of the upstream, as `holdfast upstream list` shows it.")
    var identifier: String

    func run() async throws { try await RunningUpstreams.setPaused(options, identifier, false) }
}

/// `holdfast upstream remove`.
struct RemoveUpstream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Send nothing there any more.")

    @OptionGroup var options: GatewayOptions

    @Argument(help: "The identifier of the upstream, as `holdfast upstream list` shows it.")
    var identifier: String

    func run() async throws {
        _ = try await RunningUpstreams.request(options, .DELETE, "/upstreams/\(identifier)")
        Terminal.say("removed  \(identifier)")
    }
}

private enum RunningUpstreams {
    static func request(
        _ options: GatewayOptions, _ method: HTTPMethod, _ path: String, paused: Bool? = nil
    ) async throws -> Data {
        do {
            let directory = try Configuration(options.settings()).dataDirectory
            guard let gateway = try LocalGateway(dataDirectory: directory, token: nil),
                let data = try await gateway.request(method, path, flag: paused)
            else { throw ConfigurationError("no gateway runs in \(directory)") }
            return data
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        }
    }

    static func setPaused(_ options: GatewayOptions, _ id: String, _ isPaused: Bool) async throws {
        let data = try await request(options, .PATCH, "/upstreams/\(id)", paused: isPaused)
        Terminal.say(try LocalGateway.decoder.decode(UpstreamAnswer.self, from: data).line)
    }
}
