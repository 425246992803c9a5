import ArgumentParser
import EdgeCodecs

/// `holdfast codec-worker`: where JavaScript codecs run. The gateway starts it; nobody else should.
struct CodecWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codec-worker", abstract: "Runs codecs for the gateway that started it.",
        shouldDisplay: false)

    func run() { CodecWorkerProgram.run() }
}
