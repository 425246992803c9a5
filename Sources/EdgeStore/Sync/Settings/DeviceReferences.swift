import EdgeModel
import GRDB

/// Profiles and codecs that devices refer to, on both sides.
extension Store {
    /// Puts references to what is not there back to what they were `before`, or takes them away. Returns
    /// the names of the fields.
    func dropUnknownReferences(
        of device: inout Device, from before: Device?, in organization: OrganizationID, _ database: Database
    ) throws -> [String] {
        var dropped: [String] = []
        if let profile = device.profile,
            try DeviceProfileRow.fetch(profile, in: organization, database) == nil
        {
            device.profile = before?.profile
            dropped.append("profile")
        }
        if let codec = device.codec, try CodecRow.fetch(codec, in: organization, database) == nil {
            device.codec = before?.codec
            dropped.append("codec")
        }
        return dropped
    }

    /// Whether a device refers to something that is known here alone.
    func isOwnReference(_ field: String, _ id: String?, _ database: Database) throws -> Bool {
        guard let id, let kind = SettingsKind(reference: field) else { return false }
        return try !Self.isCentrals(kind, id, database)
    }
}

extension SettingsKind {
    /// What a field of a device refers to.
    fileprivate init?(reference field: String) {
        switch field {
        case "profile": self = .profile
        case "codec": self = .codec
        default: return nil
        }
    }
}

/// What the central may not have of what operations refer to: each goes with the first that needs it.
struct RequiredSettings {
    /// Bytes of one request, about.
    private static let weightLimit = 1_048_576

    let reader: SettingsReader
    private var sent: Set<String> = []
    private var weight = 0

    init(reader: SettingsReader) { self.reader = reader }

    var isHeavy: Bool { weight >= Self.weightLimit }

    mutating func items(of operation: RegistryOperation) throws -> [SettingsItem]? {
        var items: [SettingsItem] = []
        if let profile = operation.to["profile"], let item = try item(.profile, profile) {
            if let codec = item.fields?["codec"], let codec = try self.item(.codec, codec) {
                items.append(codec)
            }
            items.append(item)
        }
        if let codec = operation.to["codec"], let item = try item(.codec, codec) { items.append(item) }
        return items.isEmpty ? nil : items
    }

    private mutating func item(_ kind: SettingsKind, _ id: String) throws -> SettingsItem? {
        guard !sent.contains(id), try !Store.isCentrals(kind, id, reader.database) else { return nil }
        let table = kind == .codec ? SettingsTable.codec.name : SettingsTable.profile.name
        let key = try Int64.fetchOne(
            reader.database, sql: "SELECT key FROM \(table) WHERE id = ?", arguments: [id])
        guard let key, let fields = try reader.fields(kind, key) else { return nil }
        let item = SettingsItem(kind: kind, id: id, fields: fields)
        sent.insert(id)
        weight += item.weight
        return item
    }
}
