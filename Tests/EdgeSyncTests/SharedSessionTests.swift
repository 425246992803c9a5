import EdgeModel
import EdgeStore
import FoundationEssentials
import GatewayTestSupport
import Testing

@Suite struct SharedSessionTests {
    private static let name = SessionName(eui: 0x70B3_D500_0000_0001, devAddr: 0x0100_0001)
    private static let block = SharedSession.counterBlock

    private static func session(
        up: UInt32 = 1, shape: UInt64 = 1, ceiling: UInt32 = block, wantsCounters: Bool = false,
        name: SessionName = name
    ) -> SharedSession {
        var summary = LoRaWANSession.Summary(
            activation: "OTAA", devAddr: name.devAddr, macVersion: "1.0.3", region: "eu868", deviceClass: "A",
            frameCounterDown: 0, receiveDelay: 1, receiveWindow2DataRate: 0,
            receiveWindow2Frequency: 869_525_000, channels: [])
        summary.frameCounterUp = up
        return SharedSession(
            name: name, number: 1, state: Data([1, 2, 3]), summary: summary, joins: nil, shape: shape,
            ceiling: ceiling, wantsCounters: wantsCounters)
    }

    private static func exchange(
        _ store: Store, _ gateway: String, _ sessions: [SharedSession] = [], claims: [SessionClaim] = [],
        after: Int64 = 0, epoch: String = "1", good: Bool? = true
    ) async throws -> SessionAnswer {
        let request = SessionExchange(epoch: epoch, after: after, sessions: sessions, claims: claims)
        return try await store.exchange(
            request,
            from: EnrolledGateway(
                id: GatewayID(gateway), organization: StoreFixture.organization, name: gateway,
                createdAt: Timestamp(seconds: 0))
        ) { _ in
        } decide: { _, _ in
            good
        }
    }

    @Test func `no downlink counter is given to two gateways, however often the sender changes`() async throws
    {
        try await StoreFixture.with { fixture in
            _ = try await Self.exchange(fixture.store, "a", [Self.session()])
            var given = [UInt32(0)..<Self.block]
            for turn in 0..<9 {
                let gateway = turn.isMultiple(of: 2) ? "b" : "a"
                let claim = SessionClaim(name: Self.name, since: 5)
                let grant = try #require(
                    try await Self.exchange(fixture.store, gateway, claims: [claim]).grants.first)
                #expect(grant.isGranted)
                given.append(grant.first..<grant.ceiling)
            }
            for (number, range) in given.enumerated() {
                #expect(given.dropFirst(number + 1).allSatisfy { !$0.overlaps(range) })
            }
        }
    }

    @Test func `who has lost a session is told, and what he brings is not taken`() async throws {
        try await StoreFixture.with { fixture in
            _ = try await Self.exchange(fixture.store, "a", [Self.session()])
            let claim = SessionClaim(name: Self.name, since: 5)
            _ = try await Self.exchange(fixture.store, "b", claims: [claim])
            let answer = try await Self.exchange(fixture.store, "a", [Self.session(up: 9, shape: 9)])
            #expect(answer.grants.map(\.isGranted) == [false])
            #expect(answer.sessions.map(\.shape) == [1])
        }
    }

    @Test func `more counters follow where nobody else got any, and after a restored backup they do not`()
        async throws
    {
        try await StoreFixture.with { fixture in
            _ = try await Self.exchange(fixture.store, "a", [Self.session()])
            let more = try await Self.exchange(fixture.store, "a", [Self.session(wantsCounters: true)])
            #expect(
                more.grants.first
                    == SessionGrant(
                        name: Self.name, isGranted: true, first: 0, ceiling: 2 * Self.block))
            // The answer was lost.
            let again = try await Self.exchange(fixture.store, "a", [Self.session(wantsCounters: true)])
            #expect(again.grants.first?.first == 2 * Self.block)
            let restored = try await Self.exchange(fixture.store, "a", [Self.session()], epoch: "2")
            #expect(
                restored.grants.first
                    == SessionGrant(
                        name: Self.name, isGranted: true, first: 3 * Self.block, ceiling: 4 * Self.block))
        }
    }

    @Test func `others get a session once it is new to them, and two of a device at most`() async throws {
        try await StoreFixture.with { fixture in
            let first = try await Self.exchange(fixture.store, "a", [Self.session()])
            #expect(first.sessions.isEmpty)
            let there = try await Self.exchange(fixture.store, "b")
            #expect(there.sessions.map(\.state) == [Data([1, 2, 3])])
            #expect(try await Self.exchange(fixture.store, "b", after: there.revision).sessions.isEmpty)
            // Further frames alone are no news.
            _ = try await Self.exchange(fixture.store, "a", [Self.session(up: 50)])
            #expect(try await Self.exchange(fixture.store, "b", after: there.revision).sessions.isEmpty)
            _ = try await Self.exchange(fixture.store, "a", [Self.session(up: 51, shape: 2)])
            #expect(try await Self.exchange(fixture.store, "b", after: there.revision).sessions.count == 1)
            for address: UInt32 in 2...5 {
                let name = SessionName(eui: Self.name.eui, devAddr: address)
                _ = try await Self.exchange(fixture.store, "a", [Self.session(name: name)])
            }
            let kept = try await Self.exchange(fixture.store, "b").sessions
            #expect(kept.map(\.name.devAddr) == [4, 5])
        }
    }

    @Test func `a device that is removed takes its sessions along, and no number is given twice`()
        async throws
    {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(Self.name.eui)
            _ = try await Self.exchange(fixture.store, "a", [Self.session()])
            let before = try await Self.exchange(fixture.store, "b")
            #expect(before.sessions.count == 1)
            _ = try await fixture.store.delete(
                [device.device.id], in: StoreFixture.organization, at: fixture.clock.now.wall)
            #expect(try await Self.exchange(fixture.store, "b").sessions.isEmpty)
            _ = try await Self.exchange(fixture.store, "a", [Self.session(shape: 5)])
            let after = try await Self.exchange(fixture.store, "b", after: before.revision)
            #expect(after.sessions.map(\.shape) == [5])
        }
    }

    @Test func `a claim that nobody can decide yet is not answered`() async throws {
        try await StoreFixture.with { fixture in
            _ = try await Self.exchange(fixture.store, "a", [Self.session()])
            let claim = SessionClaim(name: Self.name, since: 5)
            #expect(try await Self.exchange(fixture.store, "b", claims: [claim], good: nil).grants.isEmpty)
            let refused = try await Self.exchange(fixture.store, "b", claims: [claim], good: false).grants
            #expect(refused.map(\.isGranted) == [false])
        }
    }
}
