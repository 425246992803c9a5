import ArgumentParser
import EdgeSimulation
import FoundationEssentials
import Logging
import ServiceLifecycle
import UnixSignals

/// `holdfast replay FILE`: what was captured once, heard again by a gateway that runs.
struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play a capture to a running gateway through its sockets.",
        discussion: """
            FILE is a btsnoop capture (datalinks 1002 and 2001), played by a virtual controller at --h4, or \
            JSON lines of datagrams ({"t":seconds,"dir":"up","hex":"..."}), sent to the gateway's UDP port.
            """)

    @OptionGroup var options: GatewayOptions

    @Argument(help: "The capture.")
    var file: String

    @Option(help: "Where the virtual controller listens: HOST:PORT or /path/to/socket. For btsnoop.")
    var h4: String?

    @Option(help: "How many times as fast as it was captured; 0 for as fast as it is taken.")
    var speed = 1.0

    private static let sizeLimit = 1_073_741_824
    private static let speeds = 0.001...1_000_000

    func run() async throws {
        do {
            guard speed == 0 || Self.speeds.contains(speed) else {
                throw ConfigurationError("--speed is 0, or from 0.001 to 1000000")
            }
            let bytes = try read()
            let logger = Logger(label: "holdfast") { StreamLogHandler.standardError(label: $0) }
            let service =
                Array("btsnoop\0".utf8) == Array(bytes.prefix(8))
                ? try controller(bytes, logger) : try forwarder(bytes, logger)
            var configuration = ServiceGroupConfiguration(
                services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            configuration.services[0].successTerminationBehavior = .gracefullyShutdownGroup
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        } catch let error as CaptureError {
            throw Failure.configuration("\(file): \(error)")
        }
    }

    private var pace: Pace { speed == 0 ? .unlimited : .original(speed: speed) }

    private func read() throws -> [UInt8] {
        guard let data = try? Data(contentsOf: URL(filePath: file)) else {
            throw ConfigurationError("\(file) cannot be read")
        }
        guard data.count <= Self.sizeLimit else { throw ConfigurationError("\(file) is larger than 1 GiB") }
        return Array(data)
    }

    private func controller(_ bytes: [UInt8], _ logger: Logger) throws
        -> ServiceGroupConfiguration.ServiceConfiguration
    {
        guard let h4 else {
            throw ConfigurationError("a btsnoop capture needs --h4, where the gateway connects")
        }
        let capture = try BluetoothCapture(bytes)
        guard !capture.reports.isEmpty else {
            throw ConfigurationError("\(file) has no advertising report")
        }
        Terminal.say(
            "\(capture.reports.count) advertising reports, \(capture.malformedCount) events not readable"
                + (capture.isCutOff ? "; the capture was cut off" : ""))
        let reports = PacedSequence(capture.reports, pace: pace, batchLimit: 64, clock: .continuous)
        let service = VirtualController(
            try ListeningAddress(parsing: h4), reports: reports, reportsPerEvent: 4, logger: logger)
        return .init(service: service, serviceName: "replay")
    }

    private func forwarder(_ bytes: [UInt8], _ logger: Logger) throws
        -> ServiceGroupConfiguration.ServiceConfiguration
    {
        let capture = try DatagramCapture(bytes)
        guard !capture.datagrams.isEmpty else {
            throw ConfigurationError("\(file) has no datagram that went up")
        }
        let directory = try Configuration(options.settings()).dataDirectory
        guard let server = try RunningGateway(dataDirectory: directory).lora else {
            throw ConfigurationError("the gateway in \(directory) takes no datagrams")
        }
        let service = DatagramReplay(capture, server: server, pace: pace, clock: .continuous, logger: logger)
        { counts in
            Terminal.say(
                "\(capture.datagrams.count) datagrams; \(counts.acknowledged) acknowledged, \(counts.missing) not"
            )
        }
        return .init(service: service, serviceName: "replay")
    }
}
