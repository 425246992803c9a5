import EdgeCore
import EdgeDelivery
import EdgeHTTP
import EdgeModel
import EdgeRadio
import EdgeSimulation
import EdgeStore
import Logging
import ServiceLifecycle
import UnixSignals

/// A gateway with everything wired, ready to run.
struct Gateway {
    let services: ServiceGroup
    let store: Store
    let requestLog: RequestLog
}

extension Holdfast {
    /// Wires the gateway. The order is that of dependence: what comes later needs what comes before.
    static func build(
        _ configuration: Configuration, _ directory: DataDirectory, simulates: Bool, isDemo: Bool,
        _ logger: Logger
    ) async throws -> Gateway {
        let ground = try Foundations(configuration, directory, logger)
        let controller = simulates ? directory.path + "/simulator.sock" : nil
        let reception = try await Reception(ground, simulatedController: controller)
        let outlets = Outlets(ground, reception)
        let core = try await outlets.makeCore(ground, reception, isDemo: isDemo)
        let firstKey = try await begin(core, configuration, directory, isDemo: isDemo)
        let interface = try Interface(ground, reception, core, firstKey: firstKey)

        var services = upkeep(ground, reception, core, isDemo: isDemo)
        services += running(ground, reception, outlets, core, interface)
        if let controller {
            // Last to start and first to stop: it stands for the world outside.
            let simulation = Simulation(
                fleet: SimulatedFleet(SimulatedFleet.Plan()), controller: .unix(path: controller),
                forwarders: reception.forwarders?.address, logger: logger)
            try await register(simulation.devices, with: core)
            services += simulation.services()
        }
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        group.maximumGracefulShutdownDuration = .seconds(30)
        return Gateway(
            services: ServiceGroup(configuration: group), store: ground.store, requestLog: ground.requestLog)
    }

    /// What looks after what is stored, now and then.
    private static func upkeep(
        _ ground: Foundations, _ reception: Reception, _ core: EdgeCore, isDemo: Bool
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        let (configuration, logger) = (ground.configuration, ground.logger)
        return [
            .init(
                service: StoreUpkeep(
                    store: ground.store,
                    policy: isDemo ? Demonstration.retention(configuration) : configuration.retention,
                    health: reception.health, logger: logger),
                serviceName: "upkeep"),
            .init(
                service: CredentialUpkeep(authenticator: core.authenticator, logger: logger),
                serviceName: "credentials"),
            .init(service: BillingUpkeep(core: core, logger: logger), serviceName: "billing"),
            .init(service: MemoryUpkeep(logger: logger), serviceName: "memory"),
            .init(
                service: AlertUpkeep(
                    monitor: SilenceMonitor(
                        store: ground.store, board: reception.board, gateways: core.gateways,
                        allowedSilence: configuration.gatewaySilence), logger: logger),
                serviceName: "alerts"),
        ]
    }

    /// What runs all the time. Services start in this order and stop against it: at the end the
    /// radios fall silent first, then the API, then the pipeline drains into the store, which closes
    /// last.
    private static func running(
        _ ground: Foundations, _ reception: Reception, _ outlets: Outlets, _ core: EdgeCore,
        _ interface: Interface
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        let logger = ground.logger
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: interface.recorder, serviceName: "request log"),
            .init(service: reception.network, serviceName: "network"),
            .init(service: outlets.engine, serviceName: "codecs"),
            .init(service: outlets.decodings, serviceName: "decodings"),
            .init(service: reception.pipeline, serviceName: "pipeline"),
            .init(service: outlets.deliveries, serviceName: "deliveries"),
            .init(
                service: outlets.makeSync(ground, reception, core), serviceName: "upstreams"),
            .init(service: CentralUpkeep(central: core.central, logger: logger), serviceName: "central"),
            .init(service: Ticker(queue: reception.queue), serviceName: "ticker"),
            .init(service: interface.server, serviceName: "api"),
        ]
        if let mail = ground.configuration.mail {
            services.append(
                .init(
                    service: MailService(store: ground.store, options: mail, logger: logger),
                    serviceName: "mail"))
        }
        if let settings = ground.configuration.upstream {
            services.append(
                .init(
                    service: ConfiguredEnrollment(core: core, settings: settings, logger: logger),
                    serviceName: "enrollment"))
        }
        if let forwarders = reception.forwarders {
            services.append(.init(service: forwarders, serviceName: "lora"))
        }
        services.append(.init(service: reception.scanner, serviceName: "ble"))
        return services
    }

    /// Makes the organization and its key where there is none yet. Nil when there was.
    private static func begin(
        _ core: EdgeCore, _ configuration: Configuration, _ directory: DataDirectory, isDemo: Bool
    ) async throws -> EdgeCore.FirstKey? {
        let keepKey: @Sendable (EdgeCore.FirstKey) throws -> Void = { key in
            try directory.writeFirstKey(key, url: Announcement.url(of: configuration, port: nil))
        }
        return isDemo
            ? try await Demonstration.begin(core, keepKey)
            : try await core.begin(name: configuration.organizationName, keep: keepKey)
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
