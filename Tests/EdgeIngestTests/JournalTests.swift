import EdgeIngest
import EdgeModel
import GatewayTestSupport
import ServiceLifecycle
import Testing

@testable import EdgeStore

/// What nobody waits for stays out of the database, and is safe all the same.
@Suite struct JournalTests {
    private static var patient: IngestOptions {
        var options = IngestOptions()
        options.commitInterval = .seconds(300)
        return options
    }

    /// What another run would take up.
    private static func left(in store: Store) throws -> Int {
        try HeardJournal.remains(in: store.directory).entries.count
    }

    private func hear(_ count: Int, in fixture: PipelineFixture) async throws {
        _ = try await fixture.store.register(1) { $0.key = Frames.key }
        let day = fixture.now.wall.day
        for number in 0..<count {
            fixture.hear(
                try Frames.counterMode("n\(number)", counter: day, sequence: UInt16(number + 1)))
        }
    }

    @Test func `what was heard is in the journal, and in the database when somebody asks`() async throws {
        try await PipelineFixture.with(options: Self.patient) { fixture in
            try await hear(3, in: fixture)
            let store = fixture.store.store
            #expect(try await fixture.eventually { try Self.left(in: store) == 3 })
            #expect(try await fixture.store.allPackets().isEmpty)
            await fixture.store.store.ask()
            #expect(try await fixture.store.allPackets().count == 3)
            #expect(try Self.left(in: store) == 0)
        }
    }

    @Test func `what the last run left is recorded with its own time, and once`() async throws {
        let clock = ManualClock()
        try await StoreFixture.with(clock: clock) { store in
            _ = try await store.register(1) { $0.key = Frames.key }
            let sealed = try Frames.counterMode("left", counter: clock.now.wall.day, sequence: 9)
            let heardAt = clock.now
            let journal = try #require(store.store.journal)
            let entry = HeardJournal.Entry(
                sighting: Sighting(
                    gateway: GatewayID("gw-1"), receivedAt: heardAt, rssi: RSSI(dBm: -60),
                    frame: .hubble(serviceData: sealed)),
                clockQuality: .synchronised)
            #expect(try journal.append([entry, entry]))
            clock.advance(by: .seconds(3_600))
            let next = try store.reopened()
            let pipeline = IngestPipeline(
                queue: SightingQueue(capacity: 10), store: next, options: Self.patient,
                health: IngestHealth(), logger: StoreFixture.quiet)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [.init(service: pipeline, serviceName: "pipeline")], logger: StoreFixture.quiet)
            )
            async let running: Void = group.run()
            for _ in 0..<1_000 where next.lastSequence == 0 { try await Task.sleep(for: .milliseconds(20)) }
            await group.triggerGracefulShutdown()
            try await running
            let packets = try await store.allPackets { $0.through = next.lastSequence }
            #expect(packets.map(\.packet.receivedAt) == [heardAt.wall])
            #expect(try Self.left(in: next) == 0)
        }
    }
}
