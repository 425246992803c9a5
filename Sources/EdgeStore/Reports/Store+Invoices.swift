package import EdgeModel
import GRDB

extension Store {
    /// The last month that was billed, with an invoice or without; nil before the first.
    package func billedThrough(_ organization: OrganizationID) async throws -> BillingMonth? {
        try await read { [self] database in
            try billedThrough(organizationKeys.key(organization, in: database), database)
        }
    }

    /// Says that `month` and those before it are not billed any more. Never moves back.
    package func beginBilling(of organization: OrganizationID, after month: BillingMonth) async throws {
        try await write { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            try database.execute(
                sql: "INSERT INTO billedThrough VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [key, month.rawValue])
        }
    }

    /// Keeps the invoice of `month`, or that it needs none, and moves to the next month in one transaction.
    /// The invoice gets the next number of its year. False when `month` is not the next to be billed:
    /// somebody else was first.
    package func bill(
        _ month: BillingMonth, of organization: OrganizationID, _ invoice: Invoice?,
        audit: @Sendable @escaping (_ number: String) -> AuditNote
    ) async throws -> Bool {
        try await write { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            guard try billedThrough(key, database) == month.previous else { return false }
            try database.execute(
                sql: "UPDATE billedThrough SET month = ? WHERE organization = ?",
                arguments: [month.rawValue, key])
            // There already when the month up to which was billed was lost to damage, and the invoice was not.
            if let invoice, try !InvoiceRow.exists(month, organization: key, database) {
                let ordinal = try InvoiceRow.insert(invoice, organization: key, database)
                try auditor.append(audit(Invoice.number(year: month.year, ordinal: ordinal)), in: database)
            }
            return true
        }
    }

    /// The newest invoices that were issued, newest first.
    package func invoices(of organization: OrganizationID, limit: Int) async throws -> [Invoice] {
        try await read { [self] database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM invoice WHERE organization = ? ORDER BY month DESC LIMIT ?",
                arguments: [try organizationKeys.key(organization, in: database), limit]
            ).map(InvoiceRow.invoice)
        }
    }

    /// Nil when there is none, or it is another organization's.
    package func invoice(_ id: String, of organization: OrganizationID) async throws -> Invoice? {
        try await read { [self] database in
            // Bound as text, a NUL would end the identifier.
            guard !id.utf8.contains(0) else { return nil }
            return try Row.fetchOne(
                database, sql: "SELECT * FROM invoice WHERE organization = ? AND id = ?",
                arguments: [try organizationKeys.key(organization, in: database), id]
            ).map(InvoiceRow.invoice)
        }
    }

    /// Settles an open invoice: paid at a time, or void. Returns it as it is then; nil when there is none of
    /// this number. Throws `conflict` when it is not open.
    package func settleInvoice(
        _ number: String, of organization: OrganizationID, paidAt: Timestamp?, audit: AuditNote
    ) async throws -> Invoice? {
        try await write { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM invoice WHERE organization = ?", arguments: [key])
            guard let row = rows.first(where: { InvoiceRow.invoice($0).number == number }) else { return nil }
            var invoice = InvoiceRow.invoice(row)
            guard invoice.status == .open else {
                throw EdgeError(.conflict, "\(number) is \(invoice.status.rawValue)")
            }
            invoice.status = paidAt == nil ? .void : .paid
            invoice.paidAt = paidAt
            try database.execute(
                sql: "UPDATE invoice SET status = ?, paid_at = ? WHERE key = ?",
                arguments: [invoice.status.rawValue, paidAt?.microseconds, row["key"] as Int64])
            try auditor.append(audit, in: database)
            return invoice
        }
    }

    private func billedThrough(_ organization: Int64, _ database: Database) throws -> BillingMonth? {
        try Int64.fetchOne(
            database, sql: "SELECT month FROM billedThrough WHERE organization = ?", arguments: [organization]
        ).map(BillingMonth.init(rawValue:))
    }
}

/// One row of `invoice`, both ways. Lines stand below each other: they have no line breaks themselves.
private enum InvoiceRow {
    static func invoice(_ row: Row) -> Invoice {
        var usage = BilledUsage()
        usage.activeDevices = row["active_devices"]
        usage.billableDevices = row["billable_devices"]
        usage.peakDevices = row["peak_devices"]
        usage.peakDay = row["peak_day"]
        usage.deviceDays = row["device_days"]
        usage.packets = row["packets"]
        return Invoice(
            id: row["id"], number: Invoice.number(year: row["year"], ordinal: row["ordinal"]),
            month: BillingMonth(rawValue: row["month"]),
            status: Invoice.Status(rawValue: row["status"]) ?? .open,
            issuedAt: Timestamp(microseconds: row["issued_at"]),
            dueAt: Timestamp(microseconds: row["due_at"]),
            paidAt: (row["paid_at"] as Int64?).map(Timestamp.init(microseconds:)),
            tariff: Tariff(
                tier: row["tier"], base: Money(hundredths: row["base"]),
                includedDevices: row["included_devices"], perDevice: Money(hundredths: row["per_device"]),
                currency: row["currency"], dueDays: row["due_days"], issuer: lines(row["issuer"])),
            usage: usage, recipient: lines(row["recipient"]))
    }

    static func exists(_ month: BillingMonth, organization: Int64, _ database: Database) throws -> Bool {
        try Int.fetchOne(
            database, sql: "SELECT 1 FROM invoice WHERE organization = ? AND month = ?",
            arguments: [organization, month.rawValue]) != nil
    }

    /// Returns the number within the year.
    static func insert(_ invoice: Invoice, organization: Int64, _ database: Database) throws -> Int {
        let last = try Int.fetchOne(
            database, sql: "SELECT max(ordinal) FROM invoice WHERE organization = ? AND year = ?",
            arguments: [organization, invoice.month.year])
        let ordinal = (last ?? 0) + 1
        let (tariff, usage) = (invoice.tariff, invoice.usage)
        try database.execute(
            sql: """
                INSERT INTO invoice (id, organization, month, year, ordinal, status, issued_at, due_at,
                    paid_at, issuer, recipient, tier, currency, base, included_devices, per_device, due_days,
                    active_devices, billable_devices, peak_devices, peak_day, device_days, packets)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                invoice.id, organization, invoice.month.rawValue, invoice.month.year, ordinal,
                invoice.status.rawValue, invoice.issuedAt.microseconds, invoice.dueAt.microseconds,
                invoice.paidAt?.microseconds, tariff.issuer.joined(separator: "\n"),
                invoice.recipient.joined(separator: "\n"), tariff.tier, tariff.currency,
                tariff.base.hundredths, tariff.includedDevices, tariff.perDevice.hundredths, tariff.dueDays,
                usage.activeDevices, usage.billableDevices, usage.peakDevices, usage.peakDay,
                usage.deviceDays, usage.packets,
            ])
        return ordinal
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map(String.init)
    }
}
