import EdgeCore
import EdgeHTTP
import EdgeModel
import FoundationEssentials

/// Devices as lines of a table.
struct DeviceTable {
    enum Column: String, CaseIterable {
        case devEUI = "dev_eui"
        case name, status, platform, profile, codec
        case expectedUplinkInterval = "expected_uplink_interval"
        case latitude, longitude
        case joinEUI = "join_eui"
        case lastSeenAt = "last_seen_at"
        case id
        // Secrets, from here on.
        case key
        case appKey = "app_key"
        case nwkKey = "nwk_key"
        case version
        case devAddr = "dev_addr"
        case nwkSKey = "nwk_s_key"
        case appSKey = "app_s_key"
        case fNwkSIntKey = "f_nwk_s_int_key"
        case sNwkSIntKey = "s_nwk_s_int_key"
        case nwkSEncKey = "nwk_s_enc_key"

        static let open: [Column] = Array(allCases.prefix { $0 != .key })
        static let secret: [Column] = Array(allCases.drop { $0 != .key })
    }

    /// What a column of a tag begins with.
    static let tagPrefix = "tag:"

    let profiles: [DeviceProfile]
    let codecs: [Codec]

    // MARK: Writing

    /// The cells of a device under `columns` and then the tags of these names.
    func cells(of device: Device, _ columns: [Column], tags: [String]) -> [String] {
        columns.map { cell(of: device, $0) } + tags.map { CSVText.guarded(device.tags[$0] ?? "") }
    }

    private func cell(of device: Device, _ column: Column) -> String {
        let session = device.lorawan?.session
        return switch column {
        case .devEUI: device.devEUI.description
        case .name: CSVText.guarded(device.name)
        case .status: device.status.name
        case .platform: device.platform.name
        case .profile:
            CSVText.guarded(profiles.first { $0.id == device.profile }?.name ?? "")
        case .codec: CSVText.guarded(codecs.first { $0.id == device.codec }?.name ?? "")
        case .expectedUplinkInterval: device.expectedUplinkInterval.map { String($0.wholeSeconds) } ?? ""
        case .latitude: device.installLocation.map { "\($0.latitude)" } ?? ""
        case .longitude: device.installLocation.map { "\($0.longitude)" } ?? ""
        case .joinEUI: CSVText.guarded(device.tags[Device.joinEUITag] ?? "")
        case .lastSeenAt: device.lastSeenAt.map(Self.text) ?? ""
        case .id: device.id.rawValue
        case .key: Self.hexadecimal(device.key)
        case .appKey: Self.hexadecimal(device.lorawan?.appKey)
        case .nwkKey: Self.hexadecimal(device.lorawan?.nwkKey)
        case .version: session.map { $0.version == .v11 ? "1.1" : "1.0" } ?? ""
        case .devAddr: session.map { Self.hexadecimal($0.devAddr) } ?? ""
        case .nwkSKey: session?.version == .v10 ? Self.hexadecimal(session?.networkSessionKey) : ""
        case .appSKey: Self.hexadecimal(session?.applicationSessionKey)
        case .fNwkSIntKey: session?.version == .v11 ? Self.hexadecimal(session?.networkSessionKey) : ""
        case .sNwkSIntKey: Self.hexadecimal(session?.servingNetworkSessionKey)
        case .nwkSEncKey: Self.hexadecimal(session?.networkSessionEncryptionKey)
        }
    }

    /// As it stands in JSON, without the quotes.
    private static func text(_ time: Timestamp) -> String {
        var json = JSONWriter(reserving: 32)
        json.value(time)
        return String(decoding: json.text.dropFirst().dropLast(), as: UTF8.self)
    }

    private static func hexadecimal(_ secret: SecretBytes?) -> String {
        (secret?.bytes ?? []).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func hexadecimal(_ address: UInt32) -> String {
        let digits = String(address, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    // MARK: Reading

    /// What each cell of a line is about.
    enum Heading: Hashable {
        case column(Column)
        case tag(String)
    }

    /// Throws `invalid` for a name that is no column, one that stands twice, and a table without DevEUIs.
    static func headings(_ cells: [String]) throws -> [Heading] {
        let headings = try cells.map { cell -> Heading in
            let name = cell.trimmed
            if name.hasPrefix(tagPrefix) { return .tag(String(name.dropFirst(tagPrefix.count))) }
            guard let column = Column(rawValue: name.lowercased()) else {
                throw EdgeError.invalid("line 1: there is no column \(name.prefix(64))")
            }
            return .column(column)
        }
        guard Set(headings).count == headings.count else {
            throw EdgeError.invalid("line 1: a column stands twice")
        }
        guard headings.contains(.column(.devEUI)) else {
            throw EdgeError.invalid("line 1: the column dev_eui is missing")
        }
        return headings
    }

    /// What a line wants. Cells that are empty, and those that only the gateway knows, say nothing.
    func row(_ cells: [String], under headings: [Heading]) throws -> Devices.ImportRow {
        guard cells.count <= headings.count else { throw EdgeError.invalid("more cells than columns") }
        var values: [Column: String] = [:]
        var row = Devices.ImportRow()
        for (heading, cell) in zip(headings, cells) where !cell.trimmed.isEmpty {
            switch heading {
            case .column(let column): values[column] = cell.trimmed
            case .tag(let name): row.tags[name] = cell
            }
        }
        row.devEUI = values[.devEUI] ?? ""
        row.change.name = values[.name]
        row.change.status = try values[.status].map(ChangeBody.status)
        if let platform = values[.platform] { row.tags[Device.platformTag] = platform }
        row.change.assignment = try assignment(values)
        row.change.installLocation = try location(values)
        if let eui = values[.joinEUI] {
            guard EUI64(eui) != nil else {
                throw EdgeError.invalid("join_eui: 16 hexadecimal characters expected")
            }
            row.tags[Device.joinEUITag] = eui
        }
        row.change.key = try values[.key].map(Self.key)
        row.change.lorawan = try lorawan(values)
        return row
    }

    private func assignment(_ values: [Column: String]) throws -> DeviceAssignment {
        var assignment = DeviceAssignment()
        if let name = values[.profile] {
            guard let profile = profiles.first(where: { $0.name == name || $0.id.rawValue == name }) else {
                throw EdgeError.invalid("profile: there is no device profile \(name.prefix(64))")
            }
            assignment.profile = .some(profile.id)
        }
        if let name = values[.codec] {
            guard let codec = codecs.first(where: { $0.name == name || $0.id.rawValue == name }) else {
                throw EdgeError.invalid("codec: there is no codec \(name.prefix(64))")
            }
            assignment.codec = .some(codec.id)
        }
        if let text = values[.expectedUplinkInterval] {
            guard let seconds = Int64(text) else {
                throw EdgeError.invalid("expected_uplink_interval: whole seconds are expected")
            }
            assignment.expectedUplinkInterval = .some(.seconds(seconds))
        }
        return assignment
    }

    private func location(_ values: [Column: String]) throws -> Location? {
        guard values[.latitude] != nil || values[.longitude] != nil else { return nil }
        guard let latitude = values[.latitude].flatMap(Double.init),
            let longitude = values[.longitude].flatMap(Double.init),
            let location = Location(latitude: latitude, longitude: longitude)
        else { throw EdgeError.invalid("latitude, longitude: not a place") }
        return location
    }

    private func lorawan(_ values: [Column: String]) throws -> LoRaWANProvisioning? {
        let secrets: [Column] = [
            .appKey, .nwkKey, .devAddr, .nwkSKey, .appSKey, .fNwkSIntKey, .sNwkSIntKey, .nwkSEncKey,
        ]
        guard secrets.contains(where: { values[$0] != nil }) else { return nil }
        return try LoRaWANBody(
            version: values[.version], devAddr: values[.devAddr], nwkSKey: values[.nwkSKey],
            appSKey: values[.appSKey], fNwkSIntKey: values[.fNwkSIntKey],
            sNwkSIntKey: values[.sNwkSIntKey], nwkSEncKey: values[.nwkSEncKey], appKey: values[.appKey],
            nwkKey: values[.nwkKey], allowsCounterReset: nil
        ).value()
    }

    /// 16 or 32 bytes in hexadecimal, or Base64 as in the API.
    private static func key(_ text: String) throws -> SecretBytes {
        let digits = text.utf8.compactMap(hexadecimalValue)
        if digits.count == text.utf8.count, digits.count == 32 || digits.count == 64 {
            return SecretBytes(
                stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
        }
        return try RegisterBody.key(text)
    }
}

extension String {
    /// Without blanks at either end.
    fileprivate var trimmed: String {
        let start = drop { $0 == " " || $0 == "\t" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(start[...end])
    }
}
