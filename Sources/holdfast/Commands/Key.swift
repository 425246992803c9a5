import ArgumentParser
import EdgeCore
import EdgeModel
import EdgeStore
import EdgeSync
import Logging

/// `holdfast key`: credentials, at the machine itself.
struct Key: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "API keys.", subcommands: [CreateKey.self, ListKeys.self, RevokeKey.self])
}

/// `holdfast key create`: the way back in when every administrator's key is lost.
struct CreateKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create an administrator's key. The gateway must not be running.")

    @OptionGroup var options: GatewayOptions

    @Option(help: "A name for the key.")
    var name = "Made at the machine"

    @Option(help: "Create an SDK key of this name instead, for gateways that upload.")
    var sdk: String?

    @Option(help: "The organization; the oldest by default.")
    var organization: String?

    func run() async throws {
        try await OfflineCore.run(options) { core in
            let organizations = try await core.organizations()
            let chosen = organization.map(OrganizationID.init) ?? organizations.first
            guard let chosen, organizations.contains(chosen) else {
                throw ConfigurationError("there is no such organization; start the gateway once")
            }
            if let sdk {
                let made = try await core.gateways.createSDKKey(name: sdk, in: chosen, by: .machine)
                Terminal.say("organization  \(chosen)\nSDK key       \(made.token)")
                return
            }
            let created = try await core.keys.createAdministrator(name: name, organization: chosen)
            Terminal.say("organization  \(chosen)\nkey           \(created.token)")
        }
    }
}

/// `holdfast key list`.
struct ListKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List API keys. The gateway must not be running.")

    @OptionGroup var options: GatewayOptions

    func run() async throws {
        try await OfflineCore.run(options) { core in
            for organization in try await core.organizations() {
                for key in core.keys.list(organization) {
                    Terminal.say(
                        "\(key.id)  \(organization)  \(key.name)  \(key.scopes.joined(separator: " "))")
                }
                for key in core.gateways.sdkKeys(of: organization) {
                    Terminal.say("\(key.id)  \(organization)  \(key.name)  SDK key")
                }
            }
        }
    }
}

/// `holdfast key revoke`.
struct RevokeKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revoke an SDK key. The gateway must not be running.")

    @OptionGroup var options: GatewayOptions

    @Argument(help: "The identifier of the key, as `holdfast key list` shows it.")
    var identifier: String

    func run() async throws {
        try await OfflineCore.run(options) { core in
            for organization in try await core.organizations()
            where core.gateways.sdkKeys(of: organization).contains(where: { $0.id.rawValue == identifier }) {
                try await core.gateways.revokeSDKKey(
                    SDKKeyID(identifier), in: organization, by: .machine)
                Terminal.say("revoked  \(identifier)")
                return
            }
            throw ConfigurationError("there is no SDK key \(identifier)")
        }
    }
}

/// The core over a data directory in which no gateway runs.
enum OfflineCore {
    static func run(_ options: GatewayOptions, _ body: (EdgeCore) async throws -> Void) async throws {
        do {
            let configuration = try Configuration(options.settings())
            try DataDirectory.mustHaveDatabase(configuration.dataDirectory)
            let directory = try DataDirectory(configuration.dataDirectory)
            var logger = Logger(label: "holdfast") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = .warning
            let store = try Store(directory: directory.path, logger: logger)
            try await body(
                try await EdgeCore(
                    store: store, tariff: configuration.tariff,
                    upstream: .network(
                        board: UpstreamBoard(), clock: store.clock, version: Version.current),
                    registryChanged: {}))
            try store.close()
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        } catch let error as EdgeError {
            Terminal.complain(error.message)
            throw ExitCode(1)
        }
    }
}
