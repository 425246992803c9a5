import ArgumentParser
import EdgeSimulation
import Logging
import ServiceLifecycle
import UnixSignals

/// `holdfast simulate`: devices that exist in software, heard by a gateway that runs.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Register simulated devices with a running gateway and send their traffic through its sockets.",
        discussion: """
            Uplinks go to the gateway's UDP port. Advertisements come from a virtual controller: start the \
            gateway with --ble h4:ADDRESS, and this command with --h4 ADDRESS.
            """)

    @OptionGroup var options: GatewayOptions

    @Option(help: "Where the virtual controller listens: HOST:PORT or /path/to/socket. No Bluetooth without.")
    var h4: String?

    @Option(help: "Simulated tags.")
    var tags = 20

    @Option(help: "Simulated LoRaWAN devices.")
    var sensors = 5

    @Option(help: "Seconds between two messages of one device.")
    var period = 60

    @Option(help: "Devices and keys follow from this number.")
    var seed: UInt64 = 1

    func run() async throws {
        do {
            let directory = try Configuration(options.settings()).dataDirectory
            let gateway = try RunningGateway(dataDirectory: directory)
            guard (0...100_000).contains(tags), (0...100_000).contains(sensors), (1...86_400).contains(period)
            else {
                throw ConfigurationError("at most 100000 devices, and a period of 1 to 86400 seconds")
            }
            var plan = SimulatedFleet.Plan()
            plan.seed = seed
            plan.bluetoothCount = h4 == nil ? 0 : tags
            plan.loraCount = gateway.lora == nil ? 0 : sensors
            plan.period = .seconds(period)
            plan.jitter = .seconds(Double(period) / 10)
            let logger = Logger(label: "holdfast") { StreamLogHandler.standardError(label: $0) }
            let simulation = Simulation(
                fleet: SimulatedFleet(plan), controller: try h4.map(ListeningAddress.init(parsing:)),
                forwarders: gateway.lora, logger: logger)
            let new = try await gateway.firstKey(in: directory).register(simulation.devices)
            Terminal.say(
                "\(simulation.devices.count) simulated devices, \(new) of them new; stop with Control-C")
            try await ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: simulation.services(), gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: logger)
            ).run()
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        }
    }
}
