import CoreMetrics
import EdgeCodecs
import EdgeCore
import EdgeDelivery
import EdgeHTTP
import EdgeIngest
import EdgeModel
import EdgeNetwork
import EdgeRadio
import EdgeSimulation
import EdgeStore
import EdgeSync
import EdgeTunnel
import HubbleDialect
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import SyncDialect
import UnixSignals

/// A gateway with everything wired, ready to run.
struct Gateway {
    let services: ServiceGroup
    let store: Store
    let requestLog: RequestLog
}

extension Holdfast {
    /// Wires the gateway. The order is that of dependence: what comes later needs what comes
    /// before, services start in it and stop against it. So at the end the radios fall silent
    /// first, then the API, then the pipeline drains into the store, which closes last.
    static func build(
        _ configuration: Configuration, _ directory: DataDirectory, simulates: Bool, isDemo: Bool,
        _ logger: Logger
    ) async throws -> Gateway {
        let keeper = TimeKeeper(system: EdgeClock.system.shifted(by: configuration.clockOffset))
        let clock = keeper.clock
        let metrics = MetricsRegistry()
        MetricsSystem.bootstrap(metrics)

        let store = try Store(directory: directory.path, clock: clock, logger: logger)
        if store.opening.isTrouble {
            logger.error("\(store.opening.summary)")
        } else {
            logger.info("database", metadata: ["state": "\(store.opening.summary)"])
        }
        let requestLog = try RequestLog(directory: directory.path, logger: logger)

        // The queue stands between radios that must not wait and a disk that may be slow.
        let queue = SightingQueue(capacity: configuration.queueCapacity)
        let board = GatewayBoard()
        let deliveries = DeliveryService(
            store: store,
            options: DeliveryOptions(
                rule: configuration.destinations,
                render: { HubbleDialect.deliveryBody($0, shape: $1) },
                renderEvents: { HubbleDialect.eventBody($0) }, trial: HubbleDialect.trialBody),
            logger: logger)
        let outcomes = UploadOutcomes()
        // What the network server decides about sessions is for the pipeline to look at.
        let link = NetworkLink { queue.wake() }
        // Bound here, so that a port in use is said before anything runs.
        let forwarders = try await listenForForwarders(configuration, queue, board, keeper, link, logger)
        let network = NetworkService(
            store: store, link: link, region: configuration.ingest.region,
            transmit: { downlink in
                guard let forwarders else {
                    return link.offer(
                        .answered(DownlinkAnswer(reference: downlink.reference, outcome: .unreachable)))
                }
                forwarders.transmitter.send(downlink)
            }, logger: logger)
        let upstreams = UpstreamBoard()
        let engine = CodecEngine(logger: logger)
        let core = try await EdgeCore(
            store: store, board: board, outcomes: outcomes,
            delivery: WebhookDelivery(configuration.destinations, deliveries),
            network: NetworkControl(network, link), codecs: CodecRunner(engine, store),
            tariff: configuration.tariff,
            emails: isDemo ? .demonstration : .standard, keeper: keeper,
            upstream: .network(board: upstreams, clock: clock),
            registryChanged: { queue.wake() })
        let keepKey: @Sendable (EdgeCore.FirstKey) throws -> Void = { key in
            try directory.writeFirstKey(key, url: Announcement.url(of: configuration, port: nil))
        }
        let firstKey =
            isDemo
            ? try await Demonstration.begin(core, keepKey)
            : try await core.begin(name: configuration.organizationName, keep: keepKey)

        let health = IngestHealth()
        let pipeline = IngestPipeline(
            queue: queue, store: store, options: configuration.ingest, health: health,
            outcomes: outcomes, link: link, logger: logger)
        let simulatedController = directory.path + "/simulator.sock"
        let scanner = HCIScannerService(
            selection: simulates
                ? .sources([.h4(.unix(path: simulatedController))]) : configuration.bluetooth,
            queue: queue, board: board, clock: clock, logger: logger,
            hostName: configuration.hostName)

        let recorder = RequestRecorder(log: requestLog, logger: logger)
        let status = GatewayStatusReport(
            store: store, queue: queue, board: board, health: health, scanner: scanner, metrics: metrics)
        let hubble = HubbleDialect.make(
            core: core, metrics: Metrics(store: store, requests: requestLog))
        let gateways = GatewayDialect.make(core: core)
        let edge = SyncDialect.make(core: core)
        let system = SystemRoutes(
            version: Version.current, clock: clock, dialects: [hubble, gateways, edge],
            checks: { await status.checks() }, metrics: { await status.metricsText() })
        let api = APIServer(
            options: configuration.api, core: core,
            dialects: [system.dialect(errorsAs: hubble), gateways, edge],
            fallback: hubble,
            recorder: recorder, logger: logger)
        let announcement = Announcement(
            directory: directory, configuration: configuration, lora: forwarders?.address, firstKey: firstKey,
            logger: logger)
        let tunnel = try clientTunnel(configuration, directory, clock, logger)
        let server = api.application(preparing: tunnel) { address in
            await announcement.listening(at: address)
        }

        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(
                service: StoreUpkeep(
                    store: store,
                    policy: isDemo ? Demonstration.retention(configuration) : configuration.retention,
                    health: health, logger: logger),
                serviceName: "upkeep"),
            .init(
                service: CredentialUpkeep(authenticator: core.authenticator, logger: logger),
                serviceName: "credentials"),
            .init(
                service: BillingUpkeep(core: core, logger: logger), serviceName: "billing"),
            .init(
                service: AlertUpkeep(
                    monitor: SilenceMonitor(
                        store: store, board: board, gateways: core.gateways,
                        allowedSilence: configuration.gatewaySilence), logger: logger),
                serviceName: "alerts"),
            .init(service: recorder, serviceName: "request log"),
            .init(service: network, serviceName: "network"),
            .init(service: engine, serviceName: "codecs"),
            .init(
                service: DecodingService(store: store, engine: engine, logger: logger),
                serviceName: "decodings"),
            .init(service: pipeline, serviceName: "pipeline"),
            .init(service: deliveries, serviceName: "deliveries"),
            .init(
                service: SyncService(
                    store: store,
                    options: syncOptions(configuration, upstreams, board, keeper, core.authenticator, link) {
                        queue.wake()
                    },
                    logger: logger),
                serviceName: "upstreams"),
            .init(service: CentralUpkeep(central: core.central, logger: logger), serviceName: "central"),
            .init(service: Ticker(queue: queue), serviceName: "ticker"),
            .init(service: server, serviceName: "api"),
        ]
        if let settings = configuration.upstream {
            services.append(
                .init(
                    service: ConfiguredEnrollment(core: core, settings: settings, logger: logger),
                    serviceName: "enrollment"))
        }
        if let forwarders { services.append(.init(service: forwarders, serviceName: "lora")) }
        services.append(.init(service: scanner, serviceName: "ble"))
        if simulates {
            // Last to start and first to stop: it stands for the world outside.
            let simulation = Simulation(
                fleet: SimulatedFleet(SimulatedFleet.Plan()), controller: .unix(path: simulatedController),
                forwarders: forwarders?.address, logger: logger)
            try await register(simulation.devices, with: core)
            services += simulation.services()
        }
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        group.maximumGracefulShutdownDuration = .seconds(30)
        return Gateway(services: ServiceGroup(configuration: group), store: store, requestLog: requestLog)
    }

    /// Nil when LoRa is off.
    private static func listenForForwarders(
        _ configuration: Configuration, _ queue: SightingQueue, _ board: GatewayBoard,
        _ keeper: TimeKeeper, _ link: NetworkLink, _ logger: Logger
    ) async throws -> PacketForwarderService? {
        guard let options = configuration.forwarders else { return nil }
        return try await PacketForwarderService.bind(
            options, queue: queue, board: board, clock: keeper.clock, keeper: keeper,
            answered: { link.offer(.answered($0)) }, logger: logger)
    }

    private static func syncOptions(
        _ configuration: Configuration, _ upstreams: UpstreamBoard, _ radios: GatewayBoard,
        _ keeper: TimeKeeper, _ authenticator: Authenticator, _ link: NetworkLink,
        registryChanged: @escaping @Sendable () -> Void
    ) -> SyncOptions {
        var options = SyncOptions(
            version: Version.current, board: upstreams, radios: radios, registryChanged: registryChanged)
        options.began = keeper.clock.now().monotonic
        options.sessionsShared = { devices in for device in devices { link.offer(.shared(device)) } }
        options.settingsTaken = { authenticator.take($0.changes, in: $1) }
        options.bytesPerSecond = configuration.upstreamBytesPerSecond
        options.timeTold = { time, instant in
            let hadNone = keeper.clock.quality == .none
            // What waits for a time is then looked at.
            if keeper.learn(time, at: instant, from: .central), hadNone { registryChanged() }
        }
        return options
    }

    /// Nil when it is off.
    private static func clientTunnel(
        _ configuration: Configuration, _ directory: DataDirectory, _ clock: EdgeClock, _ logger: Logger
    ) throws -> ConnectionPreparation? {
        guard configuration.hasClientTunnel else { return nil }
        do {
            let authority = try LocalAuthority(directory: directory.path, clock: clock)
            let tunnel = ClientTunnel(authority: authority, logger: logger)
            return { try tunnel.prepare($0) }
        } catch let error as EdgeError {
            throw ConfigurationError("http.client_tunnel: \(error.message)")
        }
    }

    /// Registers simulated devices with the oldest organization, once.
    private static func register(_ devices: [SimulatedDevice], with core: EdgeCore) async throws {
        guard let organization = try await core.organizations().first else { return }
        for device in devices {
            do {
                _ = try await core.devices.register(
                    Devices.Registration(device), in: organization, by: .gateway)
            } catch let error as EdgeError where error.code == .conflict {
                continue
            }
        }
    }
}
