import ArgumentParser

/// The gateway's command line.
@main
struct Holdfast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast",
        abstract: "An edge gateway for BLE and LoRa devices that serves the cloud API on the spot.",
        version: Version.current,
        subcommands: [
            Serve.self, Simulate.self, Replay.self, ShowConfiguration.self, Check.self, Key.self,
            DeviceCommand.self, UserCommand.self, AuditCommand.self, InvoiceCommand.self,
            HubbleEnvironment.self, Enroll.self, UpstreamCommand.self, CodecWorkerCommand.self,
            ExportBacklog.self, ImportBacklog.self, Backup.self, Restore.self,
        ],
        defaultSubcommand: Serve.self)
}

enum Version {
    static let current = "0.1.0"
}
