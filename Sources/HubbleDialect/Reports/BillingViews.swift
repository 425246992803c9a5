import EdgeCore
import EdgeHTTP
import EdgeModel

/// Days as the reference has them. The official shape has the months in the same list, each entry with
/// its type; the reference has them in `monthly`.
struct UsageView {
    let usage: Usage
    let shape: Shape

    private static let entry = Schema.whole([
        .init("date", .string(format: "date")), .init("active_devices", .integer(minimum: 0)),
        .init("total_packets", .integer(minimum: 0)),
        .init("billable_devices", .integer(minimum: 0)), .init("usage_timestamp", .time),
        .init("usage_type", .string(values: ["Daily Active Devices", "Monthly Active Devices"])),
        .init("usage_value", .integer(minimum: 0)),
    ])
    static let schema = Schema.whole([
        .init("usage", .array(entry, minimum: 1), "A day each; under /v1 the months too"),
        .init("monthly", .array(entry, minimum: 1), "Months as a whole"),
        .init(
            "summary",
            .whole([
                .init("period_start", .string(format: "date")), .init("period_end", .string(format: "date")),
                .init("avg_daily_active_devices", .number),
                .init("max_active_devices", .integer(minimum: 0)),
                .init("total_packets", .integer(minimum: 0)),
                .init("active_devices", .integer(minimum: 0), "Different ones in the whole period"),
                .init("billable_devices", .integer(minimum: 0)),
            ])),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("usage")
            json.open("[")
            for day in usage.days {
                Self.write(
                    day.start, "Daily Active Devices", day.activeDevices, day.billableDevices, day.packets,
                    to: &json)
            }
            if shape == .official { writeMonths(to: &json) }
            json.close("]")
            json.key("monthly")
            json.open("[")
            writeMonths(to: &json)
            json.close("]")
            json.object("summary") { json in
                json.field("period_start", Self.date(usage.days.first?.start))
                json.field("period_end", Self.date(usage.days.last?.start))
                json.field("avg_daily_active_devices", usage.averageDailyActiveDevices.tenths)
                json.field("max_active_devices", usage.maximumDailyActiveDevices)
                json.field("total_packets", usage.packets)
                json.field("active_devices", usage.activeDevices)
                json.field("billable_devices", usage.billableDevices)
            }
        }
    }

    private func writeMonths(to json: inout JSONWriter) {
        for month in usage.months {
            Self.write(
                month.month.start, "Monthly Active Devices", month.activeDevices, month.billableDevices,
                month.packets, to: &json)
        }
    }

    private static func write(
        _ start: Timestamp, _ type: String, _ active: Int, _ billable: Int, _ packets: Int,
        to json: inout JSONWriter
    ) {
        json.object { json in
            json.field("date", date(start))
            json.field("active_devices", active)
            json.field("total_packets", packets)
            json.field("billable_devices", billable)
            json.field("usage_timestamp", start)
            json.field("usage_type", type)
            json.field("usage_value", active)
        }
    }

    private static func date(_ time: Timestamp?) -> String? { time.map { CivilTime($0).dateText } }
}

struct InvoiceView {
    let invoice: Invoice
    let shape: Shape

    static let schema = Schema.whole([
        .init("invoice_id", .text), .init("invoice_number", .nullable(.text), "null for a draft"),
        .init("period_start", .time), .init("period_end", .time, "The last second of the month"),
        .init("amount_due", .number), .init("currency", .characters(3...3, pattern: "^[A-Z]{3}$")),
        .init(
            "status", .string(values: ["draft", "open", "paid", "void", "DRAFT", "PENDING", "COMPLETED"]),
            "In capitals under /v1"),
        .init("due_date", .time), .init("paid_at", .nullable(.time)),
        .init("issue_timestamp", .integer(), "Seconds since 1970"), .init("due_timestamp", .integer()),
        .init("total", .number), .init("total_balance", .number), .init("remaining_balance", .number),
        .init("active_devices", .integer(minimum: 0)), .init("billable_devices", .integer(minimum: 0)),
        .init("total_packets", .integer(minimum: 0)),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("invoice_id", invoice.id)
            json.field("invoice_number", invoice.number)
            json.field("period_start", invoice.month.start)
            json.field("period_end", invoice.month.end.advanced(byMicroseconds: -1_000_000))
            json.field("amount_due", invoice.total)
            json.field("currency", invoice.tariff.currency)
            json.field("status", status)
            json.field("due_date", invoice.dueAt)
            json.field("paid_at", invoice.paidAt)
            json.field("issue_timestamp", invoice.issuedAt.wholeSeconds)
            json.field("due_timestamp", invoice.dueAt.wholeSeconds)
            json.field("total", invoice.total)
            json.field("total_balance", invoice.total)
            json.field("remaining_balance", invoice.remaining)
            json.field("active_devices", invoice.usage.activeDevices)
            json.field("billable_devices", invoice.usage.billableDevices)
            json.field("total_packets", invoice.usage.packets)
        }
    }

    private var status: String {
        guard shape == .official else { return invoice.status.rawValue }
        return switch invoice.status {
        case .draft: "DRAFT"
        case .open: "PENDING"
        // Nothing is left to pay.
        case .paid, .void: "COMPLETED"
        }
    }
}

struct ActiveDevicesView {
    enum Network: String, CaseIterable {
        case terrestrial, satellite
    }

    /// Devices of one page at most.
    static let limit = 1_000

    let devices: [ActiveDevice]
    let month: BillingMonth

    static let schema = Schema.whole([
        .init(
            "devices",
            .array(
                .whole([
                    .init("device_id", .text), .init("name", .text),
                    .init("network_type", .string(values: Network.allCases.map(\.rawValue))),
                    .init("last_active", .nullable(.number), "Seconds since 1970"),
                ]), maximum: limit)), .init("period_start", .time), .init("period_end", .time),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("devices", devices) { json, device in
                json.object { json in
                    json.field("device_id", device.id.rawValue)
                    json.field("name", device.name)
                    json.field("network_type", Network.terrestrial.rawValue)
                    json.key("last_active")
                    if let time = device.lastSeenAt { json.seconds(time) } else { json.null() }
                }
            }
            json.field("period_start", month.start)
            json.field("period_end", month.end.advanced(byMicroseconds: -1_000_000))
        }
    }
}

struct SubscriptionView {
    let tariff: Tariff
    let month: BillingMonth

    static let schema = Schema.whole([
        .init("plan", .text, "The tier of the tariff; SANDBOX where there is none"),
        .init("status", .string(values: ["active", "none"])), .init("current_period_start", .integer()),
        .init("current_period_end", .integer()), .init("next_payment_date", .nullable(.integer())),
        .init("cancel_at_period_end", .boolean), .init("prepaid_devices", .integer(minimum: 0)),
        .init("price_monthly_cents", .integer(minimum: 0)),
        .init("overage_per_device_cents", .integer(minimum: 0)),
        .init("currency", .characters(3...3, pattern: "^[A-Z]{3}$")),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("plan", tariff.tier.isEmpty ? (tariff.isSet ? "STANDARD" : "SANDBOX") : tariff.tier)
            json.field("status", tariff.isSet ? "active" : "none")
            json.field("current_period_start", Int(month.start.microseconds))
            json.field("current_period_end", Int(month.end.microseconds))
            let due = Timestamp(seconds: (month.end.day - 1 + Int64(tariff.dueDays)) * 86_400)
            json.field("next_payment_date", tariff.isSet ? Int(due.microseconds) : nil)
            json.field("cancel_at_period_end", false)
            json.field("prepaid_devices", tariff.includedDevices)
            json.field("price_monthly_cents", Int(tariff.base.hundredths))
            json.field("overage_per_device_cents", Int(tariff.perDevice.hundredths))
            json.field("currency", tariff.currency)
        }
    }
}

extension JSONWriter {
    /// An amount with its two decimals, which a number of 64 bits would lose.
    fileprivate mutating func field(_ name: StaticString, _ amount: Money) {
        key(name)
        verbatim(Array(amount.description.utf8))
    }
}
