import EdgeIngest
import EdgeModel
import EdgeStore
import GatewayTestSupport
import HubbleAdvertising
import LoRaWAN
import Testing

@Suite struct IngestPipelineTests {
    @Test func `a registered tag's message becomes a packet`() async throws {
        try await PipelineFixture.with(before: { try await $0.register(1) { $0.key = Frames.key } }) {
            fixture in
            fixture.hear(try Frames.counterMode("hello", counter: fixture.now.wall.day, sequence: 7))
            let packet = try #require(try await fixture.packets(1).first).packet
            #expect(packet.payload == Array("hello".utf8))
            #expect(packet.sequenceNumber == 7)
            #expect(packet.counter == UInt32(fixture.now.wall.day))
            #expect(packet.protection == .decrypted)
        }
    }

    @Test func `an hour of one advertisement is one packet, and last seen moves`() async throws {
        try await PipelineFixture.with(before: { try await $0.register(1) { $0.key = Frames.key } }) {
            fixture in
            let frame = try Frames.counterMode("hello", counter: fixture.now.wall.day, sequence: 7)
            for _ in 0..<60 {
                for _ in 0..<10 { fixture.hear(frame) }
                fixture.store.clock.advance(by: .seconds(60))
            }
            try await fixture.settle()
            #expect(try await fixture.packets(1).count == 1)
            let device = try #require(
                try await fixture.store.store.device(DeviceID("device-1"), in: StoreFixture.organization))
            #expect(device.packetCount == 1)
            #expect(fixture.now.wall.seconds - (device.lastSeenAt?.seconds ?? 0) <= 60)
        }
    }

    @Test func `a frame heard before its device was registered is opened once, with its own time`()
        async throws
    {
        try await PipelineFixture.with { fixture in
            let heard = fixture.now.wall
            fixture.hear(try Frames.counterMode("early", counter: heard.day, sequence: 1))
            fixture.hear(lorawan: try Frames.uplink("early too", counter: 9))
            #expect(try await fixture.eventually { try await fixture.store.store.rawFrameCount() == 2 })
            fixture.store.clock.advance(by: .seconds(3_600))
            try await fixture.store.register(1) { $0.key = Frames.key }
            try await fixture.store.register(2, platform: .lorawan) {
                $0.lorawan = LoRaWANProvisioning(session: Frames.session)
            }
            let entries = try await fixture.packets(2)
            #expect(
                Set(entries.map { String(decoding: $0.packet.payload, as: UTF8.self) }) == [
                    "early", "early too",
                ])
            #expect(entries.allSatisfy { $0.packet.receivedAt == heard })
            try await fixture.settle()
            #expect(try await fixture.store.store.rawFrameCount() == 0)
            #expect(try await fixture.store.allPackets().count == 2)
        }
    }

    @Test func `copies of an uplink over gateways and frequencies are one packet`() async throws {
        try await PipelineFixture.with(before: { store in
            try await store.register(2, platform: .lorawan) {
                $0.lorawan = LoRaWANProvisioning(session: Frames.session)
            }
        }) { fixture in
            let (first, second) = (try Frames.uplink("one", counter: 1), try Frames.uplink("two", counter: 2))
            fixture.hear(lorawan: first, gateway: "a")
            fixture.hear(lorawan: second, gateway: "b")
            fixture.hear(lorawan: first, gateway: "b", frequency: 868_500_000)
            try await fixture.settle()
            // Late, when its counter is long passed.
            fixture.hear(lorawan: first, gateway: "c")
            try await fixture.settle()
            let entries = try await fixture.packets(2)
            #expect(entries.count == 2)
            #expect(Set(entries[0].packet.receptions.map(\.gateway.rawValue)) == ["a", "b", "c"])
        }
    }

    @Test func `an old counter that repeats nothing is no packet`() async throws {
        try await PipelineFixture.with(before: { store in
            try await store.register(2, platform: .lorawan) {
                $0.lorawan = LoRaWANProvisioning(session: Frames.session)
            }
        }) { fixture in
            fixture.hear(lorawan: try Frames.uplink("ten", counter: 10))
            _ = try await fixture.packets(1)
            fixture.hear(lorawan: try Frames.uplink("five", counter: 5))
            try await fixture.settle()
            #expect(try await fixture.packets(1).map(\.packet.sequenceNumber) == [10])
        }
    }

    @Test func `the frame counter survives a crash`() async throws {
        let clock = ManualClock()
        try await StoreFixture.with(clock: clock) { fixture in
            let device = try await fixture.register(2, platform: .lorawan) {
                $0.lorawan = LoRaWANProvisioning(session: Frames.session)
            }
            var packet = fixture.packet(1, of: device)
            packet.sequenceNumber = 70_000
            _ = try await fixture.record(packet)
            let reopened = try fixture.reopened()
            #expect(
                try await reopened.registryChanges(after: 0, limit: 10).devices.first?.frameCounter == 70_000)
        }
    }

    @Test func `how a device rotates is found out and remembered`() async throws {
        try await PipelineFixture.with(before: { try await $0.register(1) { $0.key = Frames.key } }) {
            fixture in
            fixture.hear(try Frames.counterMode("uptime", counter: 99, sequence: 1))
            #expect(try await fixture.packets(1).first?.packet.counter == 99)
            try await fixture.settle()
            let device = try #require(
                try await fixture.store.store.device(DeviceID("device-1"), in: StoreFixture.organization))
            #expect(device.rotation.counterSource == .deviceUptime)
            #expect(device.encryption == .aes256CTR)
        }
    }

    @Test func `after midnight the new day's frames are opened, and yesterday's still`() async throws {
        try await PipelineFixture.with(before: { try await $0.register(1) { $0.key = Frames.key } }) {
            fixture in
            for sequence in 0..<6 as Range<UInt16> {
                fixture.hear(
                    try Frames.counterMode("today", counter: fixture.now.wall.day, sequence: sequence))
                _ = try await fixture.packets(Int(sequence) + 1)
                fixture.store.clock.advance(by: .seconds(86_400))
                try await fixture.settle()
            }
            fixture.hear(try Frames.counterMode("late", counter: fixture.now.wall.day - 2, sequence: 9))
            #expect(try await fixture.packets(7).count == 7)
        }
    }

    @Test func `what came while the clock stood in 1970 is re-dated and opened when it is set`() async throws
    {
        let clock = ManualClock(wall: Timestamp(seconds: 30))
        try await PipelineFixture.with(
            clock: clock,
            before: { store in
                try await store.register(1) { $0.key = Frames.key }
                try await store.register(2, platform: .lorawan) {
                    $0.lorawan = LoRaWANProvisioning(session: Frames.session)
                }
            }
        ) { fixture in
            fixture.hear(try Frames.counterMode("tag", counter: ManualClock.noon.day, sequence: 1))
            fixture.hear(lorawan: try Frames.uplink("uplink", counter: 1))
            _ = try await fixture.packets(1)
            clock.advance(by: .seconds(600))
            clock.setWall(ManualClock.noon)
            let entries = try await fixture.packets(2)
            #expect(entries.count == 2)
            let heard = ManualClock.noon.advanced(byMicroseconds: -600_000_000)
            #expect(entries.allSatisfy { $0.packet.receivedAt == heard })
        }
    }

    @Test func `a device that is deleted opens nothing any more`() async throws {
        try await PipelineFixture.with(before: { try await $0.register(1) { $0.key = Frames.key } }) {
            fixture in
            _ = try await fixture.store.store.delete(
                [DeviceID("device-1")], in: StoreFixture.organization, at: fixture.now.wall)
            fixture.hear(try Frames.counterMode("gone", counter: fixture.now.wall.day, sequence: 1))
            #expect(try await fixture.eventually { try await fixture.store.store.rawFrameCount() == 1 })
            #expect(try await fixture.packets(0).isEmpty)
        }
    }

    @Test func `two devices with one identifier are told apart by the tag`() async throws {
        // The same key twice: both have every EID in common, the first one that opens has the packet.
        try await PipelineFixture.with(before: { store in
            try await store.register(1) { $0.key = Frames.key }
            try await store.register(2) { $0.key = Frames.key }
        }) { fixture in
            fixture.hear(try Frames.counterMode("whose", counter: fixture.now.wall.day, sequence: 1))
            #expect(try await fixture.packets(1).count == 1)
        }
    }
}
