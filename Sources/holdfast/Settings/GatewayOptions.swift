import ArgumentParser
import FoundationEssentials

/// The options that every command shares.
struct GatewayOptions: ParsableArguments {
    @Option(help: "Directory for everything the gateway keeps.")
    var data: String?

    @Option(help: "A YAML file of settings.")
    var config: String?

    /// The settings in force, with where each came from.
    func settings(_ more: [String: String?] = [:]) throws -> [(
        setting: Setting, value: String, origin: String
    )] {
        var arguments = more.compactMapValues { $0 }
        arguments["data"] = data
        let environment = ProcessInfo.processInfo.environment
        return try SettingsLoader(
            arguments: arguments, environment: environment, file: config ?? environment["HOLDFAST_CONFIG"]
        ).load()
    }
}
