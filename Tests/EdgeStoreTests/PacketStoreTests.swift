import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct PacketStoreTests {
    @Test func `packets come back in the order in which they were recorded, page by page`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            for number in 0..<25 as Range<UInt64> {
                _ = try await fixture.record(fixture.packet(number, of: device))
            }
            let entries = try await fixture.allPackets(limit: 4)
            #expect(entries.map(\.sequence) == Array(1...25))
            #expect(entries.map { $0.packet.payload } == (0..<25).map { Array("payload \($0)".utf8) })
            #expect(entries[0].label.name == "Device 1")
        }
    }

    @Test func `a packet that is stored already gets no second row and brings back its receptions`()
        async throws
    {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device))
            let again = try await fixture.record(
                fixture.packet(1, of: device, gateway: "gw-2"), fixture.packet(2, of: device))
            guard case .alreadyStored(1, let receptions) = again[0], case .stored(2) = again[1] else {
                Issue.record("\(again)")
                return
            }
            #expect(receptions.map(\.gateway.rawValue) == ["gw-1"])
            #expect(try await fixture.allPackets().count == 2)
        }
    }

    @Test func `what may only be a repeat is refused when there is nothing that it repeats`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            var packet = fixture.packet(1, of: device)
            packet.isRepeatOnly = true
            guard case .refused = try await fixture.record(packet)[0] else {
                Issue.record("it was not refused")
                return
            }
            #expect(try await fixture.allPackets().isEmpty)
            #expect(
                try await fixture.store.device(DeviceID("device-1"), in: StoreFixture.organization)?
                    .packetCount == 0)
        }
    }

    @Test func `receptions of several gateways are served strongest first`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device, rssi: -90))
            let time = fixture.clock.now.wall
            var batch = IngestBatch()
            batch.updates = [
                ReceptionUpdate(
                    packet: 1,
                    receptions: [
                        Reception(
                            gateway: GatewayID("gw-1"), firstAt: time, lastAt: time, count: 3,
                            rssi: RSSI(dBm: -90)),
                        Reception(
                            gateway: GatewayID("gw-2"), firstAt: time, lastAt: time, count: 1,
                            rssi: RSSI(dBm: -40)),
                    ])
            ]
            _ = try await fixture.store.record(batch)
            let receptions = try #require(try await fixture.allPackets().first).packet.receptions
            #expect(receptions.map(\.gateway.rawValue) == ["gw-2", "gw-1"])
            #expect(receptions.map(\.count) == [1, 3])
        }
    }

    @Test func `a window of time finds its packets also when they came late and out of order`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            let start = fixture.clock.now
            func at(_ minutes: Int64) -> ClockReading {
                ClockReading(
                    wall: start.wall.advanced(byMicroseconds: minutes * 60_000_000),
                    monotonic: start.monotonic)
            }
            for (number, minutes) in [(1, 0), (2, 10), (3, 5), (4, 60), (5, 6)] as [(UInt64, Int64)] {
                _ = try await fixture.record(fixture.packet(number, of: device, at: at(minutes)))
            }
            let entries = try await fixture.allPackets(limit: 1) { $0.received = at(5).wall..<at(10).wall }
            #expect(entries.map(\.sequence) == [3, 5])
        }
    }

    @Test func `filters by device, platform and tag`() async throws {
        try await StoreFixture.with { fixture in
            let one = try await fixture.register(1, tags: ["zone": "a"])
            let two = try await fixture.register(2, platform: .lorawan, tags: ["zone": "b"])
            for number in 0..<10 as Range<UInt64> {
                _ = try await fixture.record(fixture.packet(number, of: number.isMultiple(of: 2) ? one : two))
            }
            #expect(
                try await fixture.allPackets(limit: 2) { $0.device = DeviceID("device-1") }.map(\.sequence)
                    == [1, 3, 5, 7, 9])
            #expect(
                try await fixture.allPackets(limit: 2) { $0.platform = .lorawan }.map(\.sequence) == [
                    2, 4, 6, 8, 10,
                ])
            let tagged = try await fixture.allPackets(limit: 3) {
                $0.tags = [DeviceQuery.TagFilter(name: "zone", values: ["b"])]
            }
            #expect(tagged.map(\.sequence) == [2, 4, 6, 8, 10])
            #expect(try await fixture.allPackets { $0.device = DeviceID("nobody") }.isEmpty)
        }
    }

    @Test func `packets of a deleted device keep its name`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1, name: "Door")
            _ = try await fixture.record(fixture.packet(1, of: device))
            _ = try await fixture.store.delete(
                [DeviceID("device-1")], in: StoreFixture.organization, at: fixture.clock.now.wall)
            #expect(try await fixture.allPackets().map(\.label.name) == ["Door"])
        }
    }

    @Test func `another organization sees nothing`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device))
            let other = OrganizationID("org-2")
            try await fixture.store.addOrganization(other, name: "Two", at: fixture.clock.now.wall)
            #expect(try await fixture.allPackets { $0.organization = other }.isEmpty)
            #expect(try await fixture.allPackets().count == 1)
            #expect(try await fixture.store.device(DeviceID("device-1"), in: other) == nil)
        }
    }
}
