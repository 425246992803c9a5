import EdgeDocuments
package import EdgeModel
package import EdgeStore

/// Usage and invoices. Months are UTC months; an invoice that was issued keeps its numbers.
package struct Billing: Sendable {
    package let tariff: Tariff
    let store: Store
    let clock: EdgeClock

    /// How long after its end a month is billed: what was heard in its last minutes is stored by then.
    package static let settlingTime = Duration.seconds(3_600)
    /// A clock that is further ahead of the last billed month than this is not believed.
    package static let monthLimit: Int64 = 120
    package static let invoiceLimit = 120

    package init(store: Store, tariff: Tariff) {
        self.store = store
        self.tariff = tariff
        clock = store.clock
    }

    /// The month that is running.
    package var runningMonth: BillingMonth { BillingMonth(of: clock.now().wall) }

    // MARK: Usage

    package func usage(_ organization: OrganizationID, from start: Int64?, to end: Int64?) async throws
        -> Usage
    {
        let today = clock.now().wall.day
        return try await usage(
            organization, days: Usage.days(from: start, to: end, today: today), today: today)
    }

    private func usage(_ organization: OrganizationID, days: Range<Int64>, today: Int64) async throws -> Usage
    {
        let months = Usage.months(of: days)
        let whole = (months.first?.days ?? days).lowerBound..<(months.last?.days ?? days).upperBound
        return Usage(
            days,
            volumes: try await store.packetVolumes(
                of: organization,
                Hour(rawValue: whole.lowerBound * 24)..<Hour(rawValue: whole.upperBound * 24)),
            activity: try await store.activeDevices(of: organization, days: whole),
            unbilled: try await store.unbilledDevices(of: organization), today: today)
    }

    /// A page of the devices that are active in the running month, and where the next one begins.
    package func activeDevices(_ organization: OrganizationID, after row: Int64, limit: Int) async throws
        -> (devices: [ActiveDevice], next: Int64?)
    {
        let active = try await store.activeDevices(of: organization, days: runningMonth.days)
            .reduce(into: DeviceSet()) { $0.formUnion($1.devices) }
        var devices = try await store.devices(of: organization, in: active, after: row, limit: limit + 1)
        guard devices.count > limit else { return (devices, nil) }
        devices.removeLast()
        return (devices, devices.last?.row)
    }

    // MARK: Invoices

    /// Drafts first, then what was issued, newest first.
    package func invoices(_ organization: OrganizationID, limit: Int) async throws -> [Invoice] {
        try await issueBeforeReading(organization)
        let drafts = try await drafts(organization)
        let issued = try await store.invoices(of: organization, limit: limit)
        return Array((drafts.reversed() + issued).prefix(limit))
    }

    /// Throws `notFound` for one that is not there, or is another organization's.
    package func invoice(_ id: String, _ organization: OrganizationID) async throws -> Invoice {
        try await issueBeforeReading(organization)
        if let issued = try await store.invoice(id, of: organization) { return issued }
        guard let draft = try await drafts(organization).first(where: { $0.id == id }) else {
            throw EdgeError.notFound("Invoice not found")
        }
        return draft
    }

    /// An invoice as PDF.
    package func document(_ id: String, _ organization: OrganizationID) async throws -> (
        invoice: Invoice, bytes: [UInt8]
    ) {
        let invoice = try await invoice(id, organization)
        do {
            return (invoice, try InvoiceDocument(invoice).pdf())
        } catch {
            throw EdgeError(.internal, "The invoice could not be drawn", cause: error)
        }
    }

    /// Marks an open invoice as paid now. Throws `notFound`, or `conflict` when it is not open.
    package func pay(_ number: String, of organization: OrganizationID) async throws -> Invoice {
        try await settle(number, of: organization, .invoicePay, paidAt: clock.now().wall)
    }

    /// Cancels an open invoice. Throws `notFound`, or `conflict` when it is not open.
    package func cancel(_ number: String, of organization: OrganizationID) async throws -> Invoice {
        try await settle(number, of: organization, .invoiceVoid, paidAt: nil)
    }

    private func settle(
        _ number: String, of organization: OrganizationID, _ action: AuditAction, paidAt: Timestamp?
    ) async throws -> Invoice {
        guard clock.quality != .none else { throw EdgeError(.unavailable, "The clock is not set") }
        let audit = AuditNote(action, by: .machine, at: clock.now().wall, in: organization, object: number)
        let settled = try await store.settleInvoice(number, of: organization, paidAt: paidAt, audit: audit)
        guard let settled else { throw EdgeError.notFound("There is no invoice \(number)") }
        return settled
    }

    // MARK: Issuing

    /// Issues invoices for the months that are over. Does nothing the second time, and nothing before
    /// the clock is good.
    package func issueDue(_ organization: OrganizationID) async throws {
        let now = clock.now().wall
        let open = BillingMonth(of: now.advanced(byMicroseconds: -Self.settlingTime.microseconds))
        guard var month = try await firstUnbilledMonth(organization) else { return }
        while month < open {
            let invoice = try await invoice(of: month, organization, issuedAt: now, status: .open)
            let isNext = try await store.bill(month, of: organization, invoice) { number in
                AuditNote(.invoiceIssue, by: .gateway, at: now, in: organization, object: number)
            }
            guard isNext else { return }
            month = month.next
        }
    }

    /// A full disk keeps nobody from reading: what is due stays a draft until there is room.
    private func issueBeforeReading(_ organization: OrganizationID) async throws {
        do {
            try await issueDue(organization)
        } catch let error as EdgeError where error.code == .storageFull {
            return
        }
    }

    /// The months that are not billed yet, as they would be.
    private func drafts(_ organization: OrganizationID) async throws -> [Invoice] {
        guard let first = try await firstUnbilledMonth(organization) else { return [] }
        var drafts: [Invoice] = []
        var month = first
        while month <= runningMonth {
            let draft = try await invoice(of: month, organization, issuedAt: month.end, status: .draft)
            if let draft { drafts.append(draft) }
            month = month.next
        }
        return drafts
    }

    /// Nil while the clock cannot be believed.
    private func firstUnbilledMonth(_ organization: OrganizationID) async throws -> BillingMonth? {
        guard clock.quality != .none else { return nil }
        var billed = try await store.billedThrough(organization)
        if billed == nil {
            guard let created = try await store.organization(organization)?.createdAt else { return nil }
            // Made before the clock was set: this is its first month that is known.
            let first =
                clock.quality(of: created) == .none
                ? runningMonth : min(BillingMonth(of: created), runningMonth)
            try await store.beginBilling(of: organization, after: first.previous)
            billed = try await store.billedThrough(organization)
        }
        guard let billed, runningMonth.rawValue - billed.rawValue <= Self.monthLimit else { return nil }
        return billed.next
    }

    /// Nil for a month that costs nothing because nothing was used and there is no tariff.
    private func invoice(
        of month: BillingMonth, _ organization: OrganizationID, issuedAt: Timestamp, status: Invoice.Status
    ) async throws -> Invoice? {
        let usage = try await usage(organization, days: month.days, today: clock.now().wall.day).billed
        guard tariff.isSet || usage.packets > 0, let profile = try await store.organization(organization)
        else {
            return nil
        }
        let dueDay = issuedAt.day - 1 + Int64(tariff.dueDays)
        var invoice = Invoice(
            id: Invoice.id(of: organization, month), number: nil, month: month, status: status,
            issuedAt: issuedAt, dueAt: Timestamp(seconds: dueDay * 86_400), paidAt: nil, tariff: tariff,
            usage: usage, recipient: profile.billingLines)
        if status == .open, invoice.total == .zero {
            // Nobody pays nothing.
            (invoice.status, invoice.paidAt) = (.paid, issuedAt)
        }
        return invoice
    }
}

extension Organization {
    /// Name and address, as they stand on a letter.
    var billingLines: [String] {
        let place = [address.postalCode, address.city].compactMap(\.self).joined(separator: " ")
        let region = [place.isEmpty ? nil : place, address.state].compactMap(\.self).joined(separator: ", ")
        return [name, address.street, address.secondLine, region, address.country, contactEmail]
            .compactMap(\.self).filter { !$0.isEmpty }
    }
}
