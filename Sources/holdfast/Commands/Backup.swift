import ArgumentParser
import EdgeCore
import EdgeModel
import EdgeStore
import FoundationEssentials

/// `holdfast backup`: the whole instance in one file, also while it runs.
struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the whole instance to a file, also while it runs.",
        discussion: """
            Secrets stay sealed. The recovery code that is printed opens them on another machine; it is \
            nowhere else.
            """)

    @OptionGroup var options: GatewayOptions

    @Argument(help: "The file to write.")
    var file: String

    func run() async throws {
        if let directory = try? Configuration(options.settings()).dataDirectory,
            let gateway = try? RunningGateway(dataDirectory: directory), await !gateway.settle()
        {
            Terminal.complain("no gateway answers; what one heard in the last moment may be missing")
        }
        try BackupCommands.run(options) { backup, now in
            let code = HandCode.random()
            try backup.write(to: BackupCommands.absolute(file), code: code, at: now)
            Terminal.say("backup         \(file)\nrecovery code  \(code)")
        }
    }
}

/// `holdfast restore`: puts a backup in place. The gateway must not be running.
struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup in place. The gateway must not be running.",
        discussion: """
            What was there is kept beside it. The next start begins a new history: a central is sent \
            everything again, and has no packet twice.
            """)

    @OptionGroup var options: GatewayOptions

    @Argument(help: "The file that holdfast backup wrote.")
    var file: String

    @Option(help: "The recovery code; not needed where the backup was made.")
    var code: String?

    func run() throws {
        try BackupCommands.run(options, alone: true) { backup, now in
            let setAside = try backup.restore(
                from: BackupCommands.absolute(file), code: code.map(HandCode.canonical), at: now)
            Terminal.say("restored  \(file)")
            if let setAside { Terminal.say("before    \(setAside)") }
        }
    }
}

private enum BackupCommands {
    /// `alone`: nobody else may use the directory meanwhile.
    static func run(
        _ options: GatewayOptions, alone: Bool = false, _ body: (StoreBackup, Timestamp) throws -> Void
    ) throws {
        do {
            let path = try Configuration(options.settings()).dataDirectory
            if !alone { try DataDirectory.mustHaveDatabase(path) }
            let directory = alone ? try DataDirectory(path) : nil
            try withExtendedLifetime(directory) {
                try body(StoreBackup(directory: path), EdgeClock.system.now().wall)
            }
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        } catch let error as EdgeError {
            Terminal.complain(error.message)
            throw ExitCode(1)
        } catch let error as ExitCode {
            throw error
        } catch {
            Terminal.complain("\(error)")
            throw ExitCode(1)
        }
    }

    static func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }
}
