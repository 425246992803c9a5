import ArgumentParser
import CLinux
import EdgeHTTP
import EdgeStore
import Logging
import ServiceLifecycle

/// `holdfast serve`: runs the gateway until SIGTERM.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the gateway.")

    @OptionGroup var options: GatewayOptions

    @Option(help: "Address of the API, HOST:PORT.")
    var http: String?

    @Option(help: "UDP address for LoRa packet forwarders, HOST:PORT or off.")
    var lora: String?

    @Option(help: "Bluetooth: auto, off, hci0[,hci1...], h4:HOST:PORT or h4:/path/to/socket.")
    var ble: String?

    @Option(help: "gateway or central.")
    var role: String?

    @Flag(help: "Add simulated devices, in place of Bluetooth adapters and beside packet forwarders.")
    var simulate = false

    @Flag(help: "Begin with the objects that the API reference's examples name. Only in an empty directory.")
    var demo = false

    func run() async throws {
        // Few threads allocate at once; an arena for each of them would be memory that never comes back.
        mallopt(M_ARENA_MAX, 2)
        // Large arrays go back to the system when they are freed; left alone, the limit grows with their
        // size, and what tables leave behind when they are rebuilt would stay.
        mallopt(M_MMAP_THRESHOLD, 256 * 1024)
        mallopt(M_TRIM_THRESHOLD, 256 * 1024)
        let configuration: Configuration
        let directory: DataDirectory
        do {
            let settings = try options.settings(["http": http, "lora": lora, "ble": ble, "role": role])
            configuration = try Configuration(settings)
            directory = try DataDirectory(configuration.dataDirectory)
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        }
        var logger = Logger(label: "holdfast") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = configuration.logLevel
        do {
            let gateway = try await Holdfast.build(
                configuration, directory, simulates: simulate, isDemo: demo, logger)
            defer { directory.removeRuntime() }
            try await gateway.services.run()
            try gateway.requestLog.close()
        } catch {
            throw Failure.exit(for: error, api: "\(configuration.api.host):\(configuration.api.port)")
        }
    }
}
