import BluetoothLE
import EdgeModel
import EdgeSimulation
import Logging
import NIOCore
import SemtechUDP
import ServiceLifecycle
import Testing

@Suite(.timeLimit(.minutes(1))) struct ShutdownTests {
    @Test func `services without an end of their own end on shutdown, without an error`() async throws {
        let fleet = SimulatedFleet(.init())
        let (listening, continuation) = AsyncStream.makeStream(of: SocketAddress.self)
        let logger = Logger(label: "test")
        let reports = PacedSequence(
            BluetoothTraffic(fleet, start: Timestamp(seconds: 1_800_000_000)), pace: .original(),
            batchLimit: 10, clock: ContinuousClock())
        let controller = VirtualController(
            .tcp(host: "127.0.0.1", port: 0), reports: reports, logger: logger,
            listening: { continuation.yield($0) })
        let uplinks = PacedSequence(
            LoRaTraffic(fleet, listener: 0), pace: .original(), batchLimit: 10, clock: ContinuousClock())
        let server = ForwarderServer()
        try await server.run { address in
            let forwarder = SimulatedForwarder(
                .init(gateway: GatewayEUI(rawValue: 1)), server: address, uplinks: uplinks,
                clock: ContinuousClock(), logger: logger)
            let group = ServiceGroup(services: [controller, forwarder], logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                for await address in listening {
                    // With a host connected, which does not scan.
                    try await HCIHost.connect(to: address) { host in
                        _ = try await host.send(HCIReset())
                        await group.triggerGracefulShutdown()
                    }
                    break
                }
                try await tasks.waitForAll()
            }
        }
        #expect(server.pullCount > 0)
    }
}
