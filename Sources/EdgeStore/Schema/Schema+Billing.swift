/// Invoices as they were issued, and up to which month each organization was billed.
///
/// `month` counts months since year 0, `peak_day` days since 1970, `base` and `per_device` hundredths.
/// A month that is billed is never billed again, also when it made no invoice.
extension Schema {
    static let billing = Migration(
        name: "6 billing",
        statements: [
            """
            CREATE TABLE billedThrough (
                organization INTEGER PRIMARY KEY REFERENCES organization(key),
                month INTEGER NOT NULL
            );

            CREATE TABLE invoice (
                key INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                organization INTEGER NOT NULL REFERENCES organization(key),
                month INTEGER NOT NULL,
                year INTEGER NOT NULL,
                ordinal INTEGER NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('open', 'paid', 'void')),
                issued_at INTEGER NOT NULL,
                due_at INTEGER NOT NULL,
                paid_at INTEGER,
                issuer TEXT NOT NULL,
                recipient TEXT NOT NULL,
                tier TEXT NOT NULL,
                currency TEXT NOT NULL,
                base INTEGER NOT NULL CHECK (base >= 0),
                included_devices INTEGER NOT NULL,
                per_device INTEGER NOT NULL CHECK (per_device >= 0),
                due_days INTEGER NOT NULL,
                active_devices INTEGER NOT NULL,
                billable_devices INTEGER NOT NULL,
                peak_devices INTEGER NOT NULL,
                peak_day INTEGER,
                device_days INTEGER NOT NULL,
                packets INTEGER NOT NULL,
                UNIQUE (organization, month),
                UNIQUE (organization, year, ordinal),
                CHECK ((status = 'paid') = (paid_at IS NOT NULL))
            );
            CREATE TRIGGER invoice_fixed BEFORE UPDATE ON invoice
                WHEN (old.id, old.organization, old.month, old.year, old.ordinal, old.issued_at, old.due_at,
                    old.issuer, old.recipient, old.tier, old.currency, old.base, old.included_devices,
                    old.per_device, old.billable_devices, old.packets)
                IS NOT (new.id, new.organization, new.month, new.year, new.ordinal, new.issued_at, new.due_at,
                    new.issuer, new.recipient, new.tier, new.currency, new.base, new.included_devices,
                    new.per_device, new.billable_devices, new.packets) BEGIN
                SELECT RAISE(ABORT, 'an invoice that was issued keeps its numbers');
            END;
            """
        ])
}
