import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct RollUpTests {
    private static let all = Hour(rawValue: 0)..<Hour(rawValue: 1 << 40)

    private static func sums(_ store: Store) async throws -> (packets: Int, bytes: Int, active: Int) {
        let volumes = try await store.packetVolumes(of: StoreFixture.organization, all)
        let days = try await store.activeDevices(of: StoreFixture.organization, days: 0..<1 << 30)
        let devices = days.reduce(into: DeviceSet()) { $0.formUnion($1.devices) }
        return (
            volumes.reduce(0) { $0 + $1.packets }, volumes.reduce(0) { $0 + $1.bytes }, devices.count
        )
    }

    @Test func `a packet counts at once, written or not`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            for number in 1...3 {
                _ = try await fixture.record(fixture.packet(UInt64(number), of: device))
                #expect(try await Self.sums(fixture.store).packets == number)
                // The next commit writes what there is.
                fixture.clock.advance(by: .seconds(400))
            }
            let sums = try await Self.sums(fixture.store)
            #expect(sums == (packets: 3, bytes: 27, active: 1))
        }
    }

    @Test func `a process that dies loses none and counts none twice`() async throws {
        try await StoreFixture.with { fixture in
            let devices = [try await fixture.register(1), try await fixture.register(2)]
            _ = try await fixture.record(fixture.packet(1, of: devices[0]))
            fixture.clock.advance(by: .seconds(400))
            _ = try await fixture.record(fixture.packet(2, of: devices[0]))
            _ = try await fixture.record(fixture.packet(3, of: devices[1]))
            // Again a packet that is stored.
            _ = try await fixture.record(fixture.packet(3, of: devices[1]))
            let again = try fixture.reopened()
            #expect(try await Self.sums(again) == (packets: 3, bytes: 27, active: 2))
            try again.close()
            let third = try fixture.reopened()
            #expect(try await Self.sums(third) == (packets: 3, bytes: 27, active: 2))
        }
    }

    @Test func `packets without a date count when they get one`() async throws {
        let clock = ManualClock(wall: Timestamp(seconds: 60))
        try await StoreFixture.with(clock: clock) { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device))
            #expect(try await Self.sums(fixture.store).packets == 0)
            clock.advance(by: .seconds(400))
            // Writes the roll-ups, so that the first packet lies below what is written.
            _ = try await fixture.record(fixture.packet(2, of: device))
            _ = try await fixture.record(fixture.packet(3, of: device))
            clock.setWall(Timestamp(seconds: 1_800_000_000))
            _ = try await fixture.store.redate(by: clock.now)
            #expect(try await Self.sums(fixture.store).packets == 3)
            let again = try fixture.reopened()
            #expect(try await Self.sums(again).packets == 3)
        }
    }

    @Test func `the registry's changes are known by the hour`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.register(2)
            fixture.clock.advance(by: .seconds(7_200))
            _ = try await fixture.register(3)
            _ = try await fixture.store.delete(
                [device.device.id], in: StoreFixture.organization, at: fixture.clock.now.wall)
            let changes = try await fixture.store.registryChanges(
                of: StoreFixture.organization, before: Self.all.upperBound)
            #expect(changes.map(\.registered).sorted() == [1, 2])
            #expect(changes.map(\.removed).reduce(0, +) == 1)
            let gone = try await fixture.store.removedDevices(of: StoreFixture.organization)
            #expect(gone.reduce(0) { $0 + $1.devices.count } == 1)
        }
    }
}
