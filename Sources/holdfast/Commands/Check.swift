import ArgumentParser
import EdgeModel
import EdgeStore

/// `holdfast check`: the database, the clock and the disk, without disturbing a gateway that runs.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the database, the clock and the disk. Exits 1 when something is wrong.")

    @OptionGroup var options: GatewayOptions

    func run() async throws {
        let configuration: Configuration
        do {
            configuration = try Configuration(options.settings())
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        }
        let clock = EdgeClock.system
        Terminal.say("clock     \(clock.quality == .none ? "not set" : "\(clock.quality)")")
        let inspection = StoreInspection(directory: configuration.dataDirectory)
        let findings = inspection.run()
        for finding in findings { Terminal.say("\(finding.isGood ? "ok" : "BAD")  \(finding.text)") }
        if findings.contains(where: { !$0.isGood }) { throw ExitCode(1) }
    }
}
