import EdgeIngest
import EdgeModel
import EdgeStore
import GatewayTestSupport
import LoRaNetwork
import LoRaWAN
import ServiceLifecycle
import Testing

@testable import EdgeNetwork

/// What the pipeline hands to the network server, and when.
@Suite struct FrameOrderTests {
    private static let addresses: [UInt32] = [0x2601_0001, 0x2601_0002]

    private func frame(_ device: Int, _ counter: UInt32) throws -> [UInt8] {
        try PlainFrame(
            devAddr: DevAddr(rawValue: Self.addresses[device]), counter: FrameCounter(rawValue: counter),
            fPort: 1, payload: [UInt8(device)]
        ).sealUplink(keys: NetworkFixture.keys).bytes
    }

    /// The frames that waited in the link: device, counter, and whether it is a copy.
    private func text(_ frame: HeardFrame, _ devices: [DeviceHandle]) -> String {
        guard case .uplink(let device, _, let opened, _, let isRepetition) = frame.content else { return "?" }
        return "\(devices.firstIndex(of: device) ?? 9)/\(opened.counter)\(isRepetition ? " copy" : "")"
    }

    @Test func `the network server hears frames at once and in their order, before they are on the disk`()
        async throws
    {
        try await StoreFixture.with { fixture in
            var devices: [DeviceHandle] = []
            for (number, address) in Self.addresses.enumerated() {
                let device = try await fixture.register(UInt64(number + 1), platform: .lorawan) {
                    $0.lorawan = LoRaWANProvisioning(
                        session: LoRaWANPersonalisation(
                            devAddr: address, version: .v10, networkSessionKey: SecretBytes(Array(0..<16)),
                            applicationSessionKey: SecretBytes(Array(16..<32)), allowsCounterReset: false))
                }
                devices.append(device.handle)
            }
            let queue = SightingQueue(capacity: 1_000)
            let link = NetworkLink {}
            var options = IngestOptions()
            options.commitInterval = .seconds(300)
            let pipeline = IngestPipeline(
                queue: queue, store: fixture.store, options: options, health: IngestHealth(),
                link: link, logger: StoreFixture.quiet)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [.init(service: pipeline, serviceName: "pipeline")], logger: StoreFixture.quiet)
            )
            async let running: Void = group.run()
            let new = try frame(0, 0)
            for frame in [new, try frame(1, 0), new, try frame(0, 1)] {
                queue.offer(NetworkFixture.sighting(frame, at: fixture.clock.now))
            }
            var heard: [String] = []
            for _ in 0..<5_000 where heard.count < 4 {
                for case .heard(let frame) in link.take() { heard.append(text(frame, devices)) }
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(heard == ["0/0", "1/0", "0/0 copy", "0/1"])
            #expect(try await fixture.allPackets().isEmpty)
            #expect(await fixture.store.packetDemand.settle(atMost: .seconds(20)))
            #expect(try await fixture.allPackets().count == 3)
            await group.triggerGracefulShutdown()
            try await running
        }
    }
}
