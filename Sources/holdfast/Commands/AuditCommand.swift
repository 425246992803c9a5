import ArgumentParser
import EdgeModel
import EdgeStore

/// `holdfast audit`: the log of what was done, beside a gateway that runs or not.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The audit log.", subcommands: [VerifyAudit.self, ListAudit.self])
}

/// `holdfast audit verify`.
struct VerifyAudit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Walk the chain of hashes. Exits 1 when an entry is not as it was written.")

    @OptionGroup var options: GatewayOptions

    func run() async throws {
        switch try AuditCommand.read(options, { try $0.verify() }) {
        case .whole(0, _, _): Terminal.say("ok  the audit log is empty")
        case .whole(let entries, let first, let last):
            Terminal.say("ok  \(entries) audit entries, \(first) to \(last), are as they were written")
        case .broken(let sequence, let why):
            Terminal.say("BAD  audit entry \(sequence): \(why)")
            throw ExitCode(1)
        }
    }
}

/// `holdfast audit list`.
struct ListAudit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the newest entries, newest first.")

    @OptionGroup var options: GatewayOptions

    @Option(help: "How many entries; at most 100000.")
    var limit = 50

    func run() async throws {
        guard (1...100_000).contains(limit) else { throw Failure.configuration("limit: 1 to 100000") }
        for entry in try AuditCommand.read(options, { try $0.newest(limit) }) {
            let who = [entry.initiator, entry.initiatorID].compactMap(\.self).joined(separator: " ")
            let what = [entry.action, entry.object, entry.detail].compactMap(\.self).joined(separator: "  ")
            let whence = [entry.address, entry.requestID].compactMap(\.self).joined(separator: "  ")
            Terminal.say("\(entry.sequence)  \(Self.text(entry.at))  \(who)  \(what)  \(whence)")
        }
    }
}

extension ListAudit {
    /// `2026-03-01T12:00:00Z`
    private static func text(_ time: Timestamp) -> String {
        let civil = CivilTime(time)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(civil.year)-\(two(civil.month))-\(two(civil.day))"
        return "\(date)T\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second))Z"
    }
}

extension AuditCommand {
    static func read<Value>(_ options: GatewayOptions, _ body: (AuditInspection) throws -> Value) throws
        -> Value
    {
        do {
            let configuration = try Configuration(options.settings())
            return try body(AuditInspection(directory: configuration.dataDirectory))
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        } catch let error as EdgeError {
            throw Failure.configuration(error.message)
        }
    }
}
