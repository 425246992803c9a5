import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@testable import EdgeCore

@Suite struct DemoDataTests {
    private static func withCore(
        _ emails: EmailRule = .demonstration, clock: ManualClock = ManualClock(),
        _ body: (EdgeCore, Store) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with { directory in
            let store = try StoreFixture.open(directory, clock)
            let core = try await EdgeCore(
                store: store, passwordCost: PasswordCost(logRounds: 4, parallelism: 1), emails: emails,
                registryChanged: {})
            try await body(core, store)
        }
    }

    @Test func `an empty database gets the documented objects and a first key, once`() async throws {
        try await Self.withCore { core, store in
            let first = try #require(try await core.beginDemonstration { _ in })
            #expect(first.organization == DemoData.organization)
            #expect(try await core.profiles.get(first.organization).plan == "enterprise")
            #expect(try await store.device(DemoPackets.device, in: first.organization) != nil)
            #expect(try await store.users(of: first.organization, offset: 0, limit: 9).total == 2)
            #expect(core.keys.list(first.organization).count == 2)
            _ = try await store.delete(
                [DemoPackets.device], in: first.organization, at: Timestamp(seconds: 0))

            #expect(try await core.beginDemonstration { _ in } == nil)
            #expect(try await store.device(DemoPackets.device, in: first.organization) == nil)
        }
    }

    @Test func `the invoice of January 2024 has the sums of its packets, and no other month is issued`()
        async throws
    {
        try await Self.withCore { core, store in
            _ = try await core.beginDemonstration { _ in }
            try await core.billing.issueDue(DemoData.organization)
            let issued = try await store.invoices(of: DemoData.organization, limit: 100)
            #expect(issued.map(\.id) == ["inv-uuid-1"])
            let invoice = try #require(issued.first)
            #expect(invoice.number == "INV-2024-001")
            #expect(invoice.month.description == "2024-01")
            #expect(invoice.status == .paid)
            #expect(invoice.total == Money(hundredths: 125_000))
            #expect(TimeText.parse("2024-02-15T00:00:00Z") == invoice.dueAt)
            #expect(TimeText.parse("2024-02-10T14:30:00Z") == invoice.paidAt)
            let days = invoice.month.days
            let usage = try await core.billing.usage(
                DemoData.organization, from: days.lowerBound, to: days.upperBound - 1)
            #expect(invoice.usage == usage.billed)
            #expect(usage.packets == 600)
            #expect(try await store.billedThrough(DemoData.organization)?.description == "2026-02")
        }
    }

    @Test func `a clock that is absurdly far ahead does not bill for ever`() async throws {
        let future = try #require(CivilTime(year: 9_000, month: 1, day: 1).timestamp)
        try await Self.withCore(clock: ManualClock(wall: future)) { core, store in
            _ = try await core.beginDemonstration { _ in }
            #expect(try await store.billedThrough(DemoData.organization)?.year == 2033)
            #expect(try await store.invoices(of: DemoData.organization, limit: 100).count == 1)
        }
    }

    @Test func `a database with data of its own is refused and left alone`() async throws {
        try await Self.withCore { core, store in
            _ = try await core.begin(name: "Mine") { _ in }
            await #expect(throws: EdgeError.self) { try await core.beginDemonstration { _ in } }
            #expect(try await store.organizations().count == 1)
        }
    }

    @Test func `demo data that was not written to its end is not taken for complete`() async throws {
        try await Self.withCore { core, store in
            try await store.setDemoState(.begun)
            await #expect(throws: EdgeError.self) { try await core.beginDemonstration { _ in } }
        }
    }

    @Test func `the printed placeholder is an address in a demonstration only`() throws {
        for purpose in [EmailRule.Purpose.account, .invitee, .contact] {
            #expect(
                try EmailRule.demonstration.check(EmailRule.placeholder, of: purpose).text.hasSuffix(".com"))
            #expect(throws: EdgeError.self) {
                try EmailRule.standard.check(EmailRule.placeholder, of: purpose)
            }
            #expect(throws: EdgeError.self) { try EmailRule.demonstration.check("no address", of: purpose) }
        }
    }
}
