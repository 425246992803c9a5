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
@Suite struct CopyOrderTests {
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

    @Test func `copies go ahead of a commit, but none before the frame that it repeats`() async throws {
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
            let pipeline = IngestPipeline(
                queue: queue, store: fixture.store, options: IngestOptions(), health: IngestHealth(),
                link: link, logger: StoreFixture.quiet)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [.init(service: pipeline, serviceName: "pipeline")], logger: StoreFixture.quiet)
            )
            async let running: Void = group.run()
            var heard: [String] = []
            func collect(until count: Int) async throws {
                for _ in 0..<2_500 where heard.count < count {
                    for case .heard(let frame) in link.take() { heard.append(text(frame, devices)) }
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
            func hear(_ frames: [UInt8]...) {
                for frame in frames {
                    queue.offer(NetworkFixture.sighting(frame, at: fixture.clock.now))
                }
            }
            var overtook = 0
            for round in 0..<10 as Range<UInt32> {
                heard = []
                hear(try frame(0, 2 * round), try frame(1, 2 * round))
                try await collect(until: 2)
                // Now it gathers: a new frame and its copy wait for the commit, another copy does not.
                let next = try frame(0, 2 * round + 1)
                hear(next, next, try frame(1, 2 * round))
                try await collect(until: 5)
                let expected = ["0/\(2 * round + 1)", "0/\(2 * round + 1) copy"]
                #expect(heard.filter(expected.contains) == expected)
                #expect(Set(heard).count == 5)
                if heard.count == 5, heard[2] == "1/\(2 * round) copy" { overtook += 1 }
                try await Task.sleep(for: .milliseconds(250))
            }
            // A machine under load may miss the time of a gathering, but not each time.
            #expect(overtook > 0)
            await group.triggerGracefulShutdown()
            try await running
        }
    }
}
