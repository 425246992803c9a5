/// What a month costs.
package struct Tariff: Hashable, Sendable {
    /// Its name; empty where there is none.
    package var tier: String
    /// For a month, whatever is used in it.
    package var base: Money
    /// Devices that the base pays for.
    package var includedDevices: Int
    /// For a month and each device beyond those.
    package var perDevice: Money
    /// Three letters of ISO 4217.
    package var currency: String
    /// From the last day of the month to the day on which an invoice is due.
    package var dueDays: Int
    /// Who bills: a name, and lines of an address.
    package var issuer: [String]

    package init(
        tier: String = "", base: Money = .zero, includedDevices: Int = 0, perDevice: Money = .zero,
        currency: String = "EUR", dueDays: Int = 15, issuer: [String] = []
    ) {
        self.tier = tier
        self.base = base
        self.includedDevices = includedDevices
        self.perDevice = perDevice
        self.currency = currency
        self.dueDays = dueDays
        self.issuer = issuer
    }

    /// Nothing costs anything.
    package static let none = Tariff()

    /// Somebody has set one.
    package var isSet: Bool { !tier.isEmpty || base > .zero || perDevice > .zero }
}

/// What an organization used within a month.
package struct BilledUsage: Hashable, Sendable {
    /// Devices that sent at least one packet.
    package var activeDevices = 0
    /// Of these, the ones that are neither under maintenance nor of the sandbox.
    package var billableDevices = 0
    /// The most devices that were active on one day, and the first such day, counted from 1970.
    package var peakDevices = 0
    package var peakDay: Int64?
    /// The devices active on each day, summed up.
    package var deviceDays = 0
    package var packets = 0

    package init() {}
}

/// What an organization owes for a month.
package struct Invoice: Sendable {
    package enum Status: String, Sendable {
        /// Of a month that is not over; changes with what is used.
        case draft
        case open
        case paid
        case void
    }

    /// Stays the same from the draft on. Opaque text.
    package var id: String
    /// Nil for a draft.
    package var number: String?
    package var month: BillingMonth
    package var status: Status
    /// Of a draft, when both will be.
    package var issuedAt: Timestamp
    package var dueAt: Timestamp
    package var paidAt: Timestamp?
    package var tariff: Tariff
    package var usage: BilledUsage
    /// Name and address of the organization as they were.
    package var recipient: [String]

    package init(
        id: String, number: String?, month: BillingMonth, status: Status, issuedAt: Timestamp,
        dueAt: Timestamp, paidAt: Timestamp?, tariff: Tariff, usage: BilledUsage, recipient: [String]
    ) {
        self.id = id
        self.number = number
        self.month = month
        self.status = status
        self.issuedAt = issuedAt
        self.dueAt = dueAt
        self.paidAt = paidAt
        self.tariff = tariff
        self.usage = usage
        self.recipient = recipient
    }

    package var devicesBeyond: Int { max(0, usage.billableDevices - tariff.includedDevices) }
    package var devicesAmount: Money { tariff.perDevice * devicesBeyond }
    package var total: Money { tariff.base + devicesAmount }
    package var remaining: Money { status == .draft || status == .open ? total : .zero }

    private static let namespace = UniqueID(high: 0x2f6a_91c4_0d83_4e57, low: 0x9b1c_64d2_e0a7_3f15)

    package static func id(of organization: OrganizationID, _ month: BillingMonth) -> String {
        UniqueID.named("\(organization)/\(month)".utf8, in: namespace).description
    }

    /// `INV-2026-003`
    package static func number(year: Int, ordinal: Int) -> String {
        let digits = String(ordinal)
        return "INV-\(year)-" + String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits
    }
}
