import ArgumentParser

/// `holdfast config`: what is in force, where it comes from, what it means.
struct ShowConfiguration: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Print the settings in force, with their defaults and meaning.")

    @OptionGroup var options: GatewayOptions

    func run() async throws {
        do {
            let settings = try options.settings()
            _ = try Configuration(settings)
            for (setting, value, origin) in settings {
                let standard =
                    origin == "default"
                    ? "" : ", default \(setting.standard.isEmpty ? "none" : setting.standard)"
                Terminal.say("# \(setting.meaning) (\(origin)\(standard))")
                let shown = setting.isSecret && !value.isEmpty ? "(set, not shown)" : value
                Terminal.say("\(setting.key): \"\(shown)\"")
            }
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        }
    }
}
