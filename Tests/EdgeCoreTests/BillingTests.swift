import EdgeCore
import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct BillingTests {
    private static let tariff = Tariff(
        tier: "Growth", base: Money(hundredths: 4_900), includedDevices: 1, perDevice: Money(hundredths: 59))
    private static let organization = StoreFixture.organization

    private static func date(_ year: Int, _ month: Int, _ day: Int, hour: Int = 0) throws -> Timestamp {
        let start = try #require(CivilTime(year: year, month: month, day: day).timestamp)
        return start.advanced(byMicroseconds: Int64(hour) * 3_600_000_000)
    }

    private static func day(_ year: Int, _ month: Int, _ day: Int) throws -> Int64 {
        try date(year, month, day).day
    }

    // MARK: Money and months

    @Test(
        arguments: [
            ("0", 0), ("12", 1_200), ("12.5", 1_250), ("12.50", 1_250), ("0.05", 5),
            ("1000000000", 100_000_000_000),
        ]
    )
    func `a price is exact`(_ text: String, _ hundredths: Int64) throws {
        #expect(Money(price: text)?.hundredths == hundredths)
    }

    @Test(arguments: [
        "", ".", "1.", ".5", "-1", "+1", "1.234", "1,5", "1e3", "٣", "1000000000.01", "99999999999",
    ])
    func `what is no price is refused`(_ text: String) { #expect(Money(price: text) == nil) }

    @Test(arguments: [
        (0, "0.00"), (5, "0.05"), (125_000, "1250.00"), (-5, "-0.05"), (Int64.min, "-92233720368547758.08"),
    ])
    func `an amount has two decimals`(_ hundredths: Int64, _ text: String) {
        #expect(Money(hundredths: hundredths).description == text)
    }

    @Test func `the dearest tariff for all devices there can be is a number`() {
        let most = Money.priceLimit * Int(DeviceSet.limit) + .priceLimit
        #expect(most.hundredths == 100_000_000_000 * (1 << 24) + 100_000_000_000)
    }

    @Test func `months have their own lengths and follow each other`() throws {
        let february = BillingMonth(of: try Self.date(2024, 2, 29, hour: 23))
        #expect(february.days.count == 29)
        #expect(february.description == "2024-02")
        let december = BillingMonth(of: try Self.date(2026, 12, 31))
        #expect((december.year, december.month) == (2026, 12))
        #expect(december.next.description == "2027-01")
        #expect(december.end == (try Self.date(2027, 1, 1)))
        #expect(BillingMonth(of: Timestamp(seconds: -1)).description == "1969-12")
    }

    // MARK: Usage

    @Test func `without dates usage is that of the running month so far`() throws {
        let today = try Self.day(2026, 3, 14)
        #expect(try Usage.days(from: nil, to: nil, today: today) == Self.day(2026, 3, 1)..<today + 1)
        let february = try Usage.days(from: nil, to: Self.day(2026, 2, 10), today: today)
        #expect(february == (try Self.day(2026, 2, 1)..<Self.day(2026, 2, 11)))
        let year = try Usage.days(from: Self.day(2024, 1, 1), to: Self.day(2024, 12, 31), today: today)
        #expect(year.count == 366)
        #expect(throws: EdgeError.self) { try Usage.days(from: today, to: today - 1, today: today) }
        #expect(throws: EdgeError.self) { try Usage.days(from: today - 366, to: today, today: today) }
    }

    @Test func `usage counts a device once a day and once a month, and bills not all of them`() async throws {
        try await StoreFixture.with { fixture in
            let billing = Billing(store: fixture.store, tariff: Self.tariff)
            let devices = [
                try await fixture.register(1), try await fixture.register(2),
                try await fixture.register(3) { $0.status = .maintenance },
                try await fixture.register(4, tags: ["_env": "sandbox"]),
            ]
            // Noon of March 1: all four; March 2: the first; March 4: the second, three times.
            for (number, device) in devices.enumerated() {
                _ = try await fixture.record(fixture.packet(UInt64(number), of: device))
            }
            fixture.clock.advance(by: .seconds(86_400))
            _ = try await fixture.record(fixture.packet(10, of: devices[0]))
            fixture.clock.advance(by: .seconds(2 * 86_400))
            for number in 20..<23 {
                _ = try await fixture.record(fixture.packet(UInt64(number), of: devices[1]))
            }

            let usage = try await billing.usage(Self.organization, from: nil, to: Self.day(2026, 3, 31))
            #expect(usage.days.count == 31)
            #expect(usage.days.prefix(5).map(\.activeDevices) == [4, 1, 0, 1, 0])
            #expect(usage.days.prefix(5).map(\.billableDevices) == [2, 1, 0, 1, 0])
            #expect(usage.days.prefix(5).map(\.packets) == [4, 1, 0, 3, 0])
            #expect(usage.packets == 8)
            #expect(usage.maximumDailyActiveDevices == 4)
            #expect(usage.months.map(\.activeDevices) == [4])
            #expect(usage.months.map(\.billableDevices) == [2])
            // Six device-days in the four days that have begun.
            #expect(usage.averageDailyActiveDevices == 1.5)
            let part = try await billing.usage(
                Self.organization, from: Self.day(2026, 3, 2), to: Self.day(2026, 3, 2))
            #expect(part.days.map(\.packets) == [1])
            #expect(part.activeDevices == 1)
            #expect(part.months.map(\.activeDevices) == [4])
        }
    }

    @Test func `active devices come page by page`() async throws {
        try await StoreFixture.with { fixture in
            let billing = Billing(store: fixture.store, tariff: .none)
            for number in 1...5 {
                let device = try await fixture.register(UInt64(number))
                if number != 3 { _ = try await fixture.record(fixture.packet(UInt64(number), of: device)) }
            }
            let first = try await billing.activeDevices(Self.organization, after: 0, limit: 3)
            #expect(first.devices.map(\.id.rawValue) == ["device-1", "device-2", "device-4"])
            #expect(first.devices.allSatisfy { $0.lastSeenAt == fixture.clock.now.wall })
            let second = try await billing.activeDevices(
                Self.organization, after: try #require(first.next), limit: 3)
            #expect(second.devices.map(\.id.rawValue) == ["device-5"])
            #expect(second.next == nil)
        }
    }

    // MARK: Invoices

    @Test func `a month is a draft, and an hour after its end an invoice, once`() async throws {
        try await StoreFixture.with { fixture in
            let billing = Billing(store: fixture.store, tariff: Self.tariff)
            for number in 1...3 {
                let device = try await fixture.register(UInt64(number))
                _ = try await fixture.record(fixture.packet(UInt64(number), of: device))
            }
            let draft = try #require(try await billing.invoices(Self.organization, limit: 12).first)
            #expect(draft.status == .draft)
            #expect(draft.number == nil)
            #expect(draft.total == Money(hundredths: 4_900 + 2 * 59))

            fixture.clock.setWall(try Self.date(2026, 4, 1))
            #expect(
                try await billing.invoices(Self.organization, limit: 12).map(\.status) == [.draft, .draft])
            fixture.clock.setWall(try Self.date(2026, 4, 1, hour: 1))
            for _ in 0..<3 { try await billing.issueDue(Self.organization) }
            let invoices = try await billing.invoices(Self.organization, limit: 12)
            #expect(invoices.map(\.status) == [.draft, .open])
            let issued = invoices[1]
            #expect(issued.id == draft.id)
            #expect(issued.number == "INV-2026-001")
            #expect(issued.total == draft.total)
            #expect(issued.dueAt == (try Self.date(2026, 4, 15)))
            #expect(issued.usage.peakDay == (try Self.day(2026, 3, 1)))
            #expect(try await billing.invoices(Self.organization, limit: 1).map(\.id) == [invoices[0].id])
        }
    }

    @Test func `an invoice that was issued keeps its numbers`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device))
            fixture.clock.setWall(try Self.date(2026, 4, 1, hour: 2))
            try await Billing(store: fixture.store, tariff: Self.tariff).issueDue(Self.organization)
            // Packets come late, and prices rise.
            let late = ClockReading(wall: try Self.date(2026, 3, 20), monotonic: fixture.clock.now.monotonic)
            for number in 2...9 {
                let other = try await fixture.register(UInt64(number))
                _ = try await fixture.record(fixture.packet(UInt64(number), of: other, at: late))
            }
            let dear = Billing(
                store: fixture.store, tariff: Tariff(base: Money(hundredths: 99_900), currency: "USD"))
            let invoice = try await dear.invoice(
                Invoice.id(of: Self.organization, BillingMonth(of: late.wall)), Self.organization)
            #expect(invoice.total == Money(hundredths: 4_900))
            #expect(invoice.usage.packets == 1)
            #expect(invoice.tariff == Self.tariff)
        }
    }

    @Test func `months without use cost the base, or nothing without a tariff`() async throws {
        try await StoreFixture.with { fixture in
            fixture.clock.setWall(try Self.date(2027, 2, 3))
            try await Billing(store: fixture.store, tariff: Self.tariff).issueDue(Self.organization)
            let invoices = try await fixture.store.invoices(of: Self.organization, limit: 100)
            let numbers = invoices.reversed().compactMap(\.number)
            #expect(numbers == (1...10).map { Invoice.number(year: 2026, ordinal: $0) } + ["INV-2027-001"])
            #expect(Set(invoices.map(\.total)) == [Money(hundredths: 4_900)])
        }
        try await StoreFixture.with { fixture in
            let billing = Billing(store: fixture.store, tariff: .none)
            let device = try await fixture.register(1)
            fixture.clock.setWall(try Self.date(2026, 5, 5))
            _ = try await fixture.record(fixture.packet(1, of: device))
            fixture.clock.setWall(try Self.date(2026, 8, 5))
            let invoices = try await billing.invoices(Self.organization, limit: 12)
            #expect(invoices.map(\.month.description) == ["2026-05"])
            #expect(invoices.map(\.total) == [.zero])
            #expect(invoices.map(\.status) == [.paid])
            // A tariff that is set later does not reach back.
            let later = Billing(store: fixture.store, tariff: Self.tariff)
            let found = try await later.invoices(Self.organization, limit: 12)
            #expect(found.map(\.month.description) == ["2026-08", "2026-05"])
        }
    }

    @Test func `a clock that starts in 1970 bills nothing until it is set`() async throws {
        try await StoreFixture.with(clock: ManualClock(wall: Timestamp(seconds: 60))) { fixture in
            let billing = Billing(store: fixture.store, tariff: Self.tariff)
            #expect(try await billing.invoices(Self.organization, limit: 12).isEmpty)
            #expect(try await fixture.store.billedThrough(Self.organization) == nil)
            fixture.clock.setWall(try Self.date(2026, 3, 10))
            let drafts = try await billing.invoices(Self.organization, limit: 12)
            #expect(drafts.map(\.month.description) == ["2026-03"])
            #expect(drafts.map(\.status) == [.draft])
            fixture.clock.setWall(Timestamp(seconds: 120))
            #expect(try await billing.invoices(Self.organization, limit: 12).isEmpty)
            // Set to a time that nobody lives to see: not believed.
            fixture.clock.setWall(try Self.date(2106, 2, 7))
            #expect(try await billing.invoices(Self.organization, limit: 12).isEmpty)
            fixture.clock.setWall(try Self.date(2026, 5, 2))
            let invoices = try await billing.invoices(Self.organization, limit: 12)
            #expect(invoices.map(\.month.description) == ["2026-05", "2026-04", "2026-03"])
            #expect(invoices.map(\.status) == [.draft, .open, .open])
        }
    }

    @Test func `an open invoice is paid or cancelled once, and the audit log knows`() async throws {
        try await CoreFixture.with { fixture in
            let billing = Billing(store: fixture.store, tariff: Self.tariff)
            fixture.clock.setWall(try Self.date(2026, 5, 2))
            try await billing.issueDue(fixture.organization)
            let paid = try await billing.pay("INV-2026-001", of: fixture.organization)
            #expect(paid.paidAt == fixture.clock.now.wall)
            #expect(paid.remaining == .zero)
            let void = try await billing.cancel("INV-2026-002", of: fixture.organization)
            #expect(void.status == .void)
            for number in ["INV-2026-001", "INV-2026-002"] {
                #expect(
                    await failure { _ = try await billing.pay(number, of: fixture.organization) } == .conflict
                )
            }
            for number in ["INV-2026-003", "", "INV-2026-1", "' OR 1"] {
                #expect(
                    await failure { _ = try await billing.pay(number, of: fixture.organization) } == .notFound
                )
            }
            let actions = try await fixture.actions().filter { $0.hasPrefix("invoice") }
            #expect(actions == ["invoice.issue", "invoice.issue", "invoice.pay", "invoice.void"])
        }
    }

    @Test func `many at once issue a month once`() async throws {
        try await StoreFixture.with { fixture in
            let billing = Billing(store: fixture.store, tariff: Self.tariff)
            fixture.clock.setWall(try Self.date(2026, 9, 9))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 { group.addTask { try await billing.issueDue(Self.organization) } }
                try await group.waitForAll()
            }
            let invoices = try await fixture.store.invoices(of: Self.organization, limit: 100)
            #expect(invoices.reversed().compactMap(\.number) == (1...6).map { "INV-2026-00\($0)" })
        }
    }

    @Test func `another organization's invoice is not there`() async throws {
        try await StoreFixture.with { fixture in
            let billing = Billing(store: fixture.store, tariff: Self.tariff)
            let other = OrganizationID("org-2")
            try await fixture.store.addOrganization(other, name: "Two", at: fixture.clock.now.wall)
            fixture.clock.setWall(try Self.date(2026, 5, 2))
            let theirs = try await billing.invoices(other, limit: 12)
            #expect(theirs.count == 3)
            for invoice in theirs {
                #expect(
                    await failure { _ = try await billing.document(invoice.id, Self.organization) }
                        == .notFound)
                #expect(try await billing.document(invoice.id, other).bytes.starts(with: Array("%PDF".utf8)))
            }
            #expect(await failure { _ = try await billing.invoice("a\0b", other) } == .notFound)
        }
    }
}
