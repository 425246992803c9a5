import EdgeModel
import FoundationEssentials
import GRDB

/// What of a row is shared, as named texts, and the other way round. What comes from another machine is
/// held against the type of its column before it gets near a row.
struct SettingsColumn {
    enum Content { case text, integer, bytes }

    let name: String
    let content: Content
    let isOptional: Bool

    static func text(_ name: String) -> Self { .init(name: name, content: .text, isOptional: false) }
    static func integer(_ name: String) -> Self { .init(name: name, content: .integer, isOptional: false) }
    static func bytes(_ name: String) -> Self { .init(name: name, content: .bytes, isOptional: false) }
    var orNull: Self { .init(name: name, content: content, isOptional: true) }

    /// Nil for null.
    func text(of row: Row) -> String? {
        switch (row[name] as DatabaseValue).storage {
        case .null: nil
        case .int64(let number): String(number)
        case .double(let number): String(Int64(number))
        case .string(let text): text
        case .blob(let data): Self.hexadecimal(data)
        }
    }

    func value(of text: String) throws(UnreadableSettings) -> any DatabaseValueConvertible {
        switch content {
        case .text: return text
        case .integer:
            guard let number = Int64(text) else { throw UnreadableSettings() }
            return number
        case .bytes: return try Self.data(hexadecimal: text)
        }
    }

    static func hexadecimal(_ data: some Sequence<UInt8>) -> String {
        data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func data(hexadecimal text: String) throws(UnreadableSettings) -> Data {
        let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count % 2 == 0 else { throw UnreadableSettings() }
        var bytes = Data()
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[place], let low = digits[place + 1] else { throw UnreadableSettings() }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}

/// What another machine said cannot be what it says it is.
struct UnreadableSettings: Error {}

/// A table of which some columns are shared.
struct SettingsTable {
    let name: String
    let columns: [SettingsColumn]

    static let organization = SettingsTable(
        name: "organization",
        columns: [.text("name"), .text("time_zone"), .text("plan")]
            + [
                "street", "second_line", "city", "state", "postal_code", "country", "contact_email",
                "contact_phone",
            ].map { .text($0).orNull })

    static let codec = SettingsTable(
        name: "codec",
        columns: [
            .text("name"), .text("kind"), .text("source"), .integer("revision"), .integer("created_at"),
            .integer("updated_at"),
        ])

    static let profile = SettingsTable(
        name: "deviceProfile",
        columns: [
            .text("name"), .text("region"), .text("mac_version"), .text("regional_revision"),
            .text("device_class"), .integer("rx1_delay"), .integer("rx1_offset"),
            .integer("rx2_data_rate").orNull, .integer("rx2_frequency").orNull,
            .integer("allows_counter_reset"), .integer("has_16_bit_counters"), .text("preset_frequencies"),
            .integer("adr_enabled"), .integer("adr_minimum").orNull, .integer("adr_maximum").orNull,
            .integer("adr_maximum_power").orNull, .integer("adr_margin"), .integer("supports_join"),
            .integer("confirmed_tries"), .integer("status_interval").orNull,
            .integer("expected_interval").orNull, .integer("missed_intervals"), .text("codec").orNull,
            .integer("created_at"), .integer("updated_at"),
        ])

    static let key = SettingsTable(
        name: "credential",
        columns: [
            .text("name"), .bytes("token_hash"), .text("scopes"), .text("permissions"),
            .text("metadata").orNull, .integer("created_at"), .integer("updated_at"),
            .integer("expires_at").orNull,
        ])

    /// The secret goes beside these, for each machine seals it by itself.
    static let webhook = SettingsTable(
        name: "webhook",
        columns: [
            .text("name"), .text("url"), .integer("max_batch_size"), .text("shape"), .text("pause").orNull,
            .text("events").orNull, .text("run_at"), .integer("created_at"), .integer("updated_at"),
        ])

    func fields(of row: Row) -> [String: String] {
        columns.reduce(into: [:]) { $0[$1.name] = $1.text(of: row) }
    }

    /// The row of an identifier; nil when there is none that meets the condition.
    func fields(key: Int64, where condition: String = "1", _ database: Database) throws -> [String: String]? {
        try Row.fetchOne(
            database,
            sql: """
                SELECT \(columns.map(\.name).joined(separator: ", ")) FROM \(name)
                WHERE key = ? AND \(condition)
                """, arguments: [key]
        ).map(fields)
    }

    /// Columns and their values. An optional one that is missing is null; others must be there.
    func values(_ fields: [String: String]) throws(UnreadableSettings) -> [(
        String, (any DatabaseValueConvertible)?
    )] {
        var values: [(String, (any DatabaseValueConvertible)?)] = []
        for column in columns {
            if let text = fields[column.name] {
                values.append((column.name, try column.value(of: text)))
            } else {
                guard column.isOptional else { throw UnreadableSettings() }
                values.append((column.name, nil))
            }
        }
        return values
    }

    /// Writes a row over the one with its identifier, or adds it.
    func write(
        id: String, in organization: Int64, _ values: [(String, (any DatabaseValueConvertible)?)],
        _ database: Database
    ) throws {
        let names = values.map(\.0)
        try database.execute(
            sql: """
                INSERT INTO \(name) (id, organization, \(names.joined(separator: ", ")))
                VALUES (?, ?, \(names.map { _ in "?" }.joined(separator: ", ")))
                ON CONFLICT (id) DO UPDATE SET
                    \(names.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
                """, arguments: StatementArguments([id, organization] + values.map(\.1)))
    }
}
