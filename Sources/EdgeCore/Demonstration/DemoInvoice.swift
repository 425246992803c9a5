import EdgeModel
import EdgeStore

/// The invoice of a demonstration: that of January 2024, as the reference's examples print it.
///
/// What was used in that month is what the packets of the demonstration add up to, so 600 packets of one
/// device on 15 January. The reference's day has 119 devices, which its other examples do not name.
struct DemoInvoice: Sendable {
    private static let id = "inv-uuid-1"
    private static let month = BillingMonth(of: DemoData.Moment.created)
    private static let tariff = Tariff(
        tier: "Enterprise", base: Money(hundredths: 125_000), currency: "USD", dueDays: 15)
    /// 2024-02-01T01:00:00Z
    private static let issued = month.end.advanced(byMicroseconds: Billing.settlingTime.microseconds)
    /// 2024-02-15T00:00:00Z
    private static let due = Timestamp(seconds: 1_707_955_200)
    /// 2024-02-10T14:30:00Z
    private static let paid = Timestamp(seconds: 1_707_575_400)

    let store: Store
    let audit: @Sendable (_ number: String) -> AuditNote

    /// After the packets, of which the invoice has the sums.
    func write() async throws {
        try await store.beginBilling(of: DemoData.organization, after: Self.month.previous)
        try await bill(Self.month, try await invoice())
        // The years since then were not used. Nobody is to find them billed, whatever the tariff is.
        let believed = BillingMonth(rawValue: Self.month.rawValue + Billing.monthLimit)
        let end = min(BillingMonth(of: store.clock.now().wall), believed)
        var month = Self.month.next
        while month < end {
            try await bill(month, nil)
            month = month.next
        }
    }

    private func bill(_ month: BillingMonth, _ invoice: Invoice?) async throws {
        guard try await store.bill(month, of: DemoData.organization, invoice, audit: audit) else {
            throw EdgeError(.internal, "\(month) of the demo data is billed already")
        }
    }

    private func invoice() async throws -> Invoice {
        let days = Self.month.days
        let usage = try await Billing(store: store, tariff: Self.tariff).usage(
            DemoData.organization, from: days.lowerBound, to: days.upperBound - 1)
        guard let profile = try await store.organization(DemoData.organization) else {
            throw EdgeError(.internal, "the demo data has no organization")
        }
        return Invoice(
            id: Self.id, number: nil, month: Self.month, status: .paid, issuedAt: Self.issued,
            dueAt: Self.due, paidAt: Self.paid, tariff: Self.tariff, usage: usage.billed,
            recipient: profile.billingLines)
    }
}
