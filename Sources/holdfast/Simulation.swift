import EdgeCore
import EdgeModel
import EdgeSimulation
import HubbleAdvertising
import Logging
import NIOCore
import SemtechUDP
import ServiceLifecycle

/// Simulated devices whose traffic goes through a gateway's own sockets: advertisements as H4
/// events of a virtual controller, uplinks as datagrams of two packet forwarders.
struct Simulation {
    let fleet: SimulatedFleet
    /// Where the virtual controller waits for the gateway; nil for no Bluetooth.
    let controller: ListeningAddress?
    /// Where the gateway takes datagrams; nil for no LoRa.
    let forwarders: SocketAddress?
    let logger: Logger

    private static let reportsPerBatch = 64

    func services() -> [ServiceGroupConfiguration.ServiceConfiguration] {
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        if let controller {
            let start = EdgeClock.system.now().wall
            let reports = PacedSequence(
                BluetoothTraffic(fleet, start: start), pace: .original(), batchLimit: Self.reportsPerBatch,
                clock: .continuous)
            let service = VirtualController(controller, reports: reports, reportsPerEvent: 4, logger: logger)
            services.append(.init(service: service, serviceName: "simulated controller"))
        }
        if let forwarders {
            for (number, gateway) in [UInt64(0x0200_00FF_FE00_0001), 0x0200_00FF_FE00_0002].enumerated() {
                var settings = SimulatedForwarder<
                    PacedSequence<LoRaTraffic, ReceivedPacket, ContinuousClock>, ContinuousClock
                >.Settings(gateway: GatewayEUI(rawValue: gateway))
                settings.location = Location(latitude: 52.5200, longitude: 13.4050, accuracy: 25)
                let uplinks = PacedSequence(
                    LoRaTraffic(fleet, listener: number), pace: .original(), batchLimit: Self.reportsPerBatch,
                    clock: .continuous)
                let service = SimulatedForwarder(
                    settings, server: forwarders, uplinks: uplinks, clock: .continuous, logger: logger)
                services.append(.init(service: service, serviceName: "simulated forwarder \(number + 1)"))
            }
        }
        return services
    }

    /// The devices as their owner registers them.
    var devices: [SimulatedDevice] { fleet.bluetooth + fleet.lora }
}

extension Devices.Registration {
    init(_ simulated: SimulatedDevice) {
        self.init(name: simulated.name, devEUI: simulated.devEUI.description)
        tags = simulated.tags.mapValues(Optional.some)
        switch simulated.radio {
        case .counterMode(let key):
            self.key = key
            encryption = .aes256CTR
        case .eax(let key, let exponent):
            self.key = key
            encryption = .aes128EAX
            rotation = EIDRotation(counterSource: .deviceUptime, periodExponent: Int(exponent.rawValue))
        case .unencrypted(let networkID):
            encryption = HubbleEncryption.none
            self.networkID = networkID.rawValue
        case .lorawan(let session): lorawan = LoRaWANProvisioning(session: session)
        }
    }
}
