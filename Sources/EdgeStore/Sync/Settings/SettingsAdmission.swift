package import EdgeModel
import GRDB
import Logging
import Synchronization

/// What a gateway brings with its devices.
package enum AdmittedSettings: Sendable {
    case codec(Codec, count: Int)
    case profile(DeviceProfile, count: Int)
}

/// Takes over codecs and profiles that a gateway's devices have, at a central: what is not known becomes
/// the organization's; what is known stays as it is here.
struct SettingsAdmission {
    let store: Store
    let database: Database
    let organization: OrganizationID
    /// Throws for what the rules do not allow. It is told how many there are with it.
    let check: (AdmittedSettings) throws -> Void

    func take(_ items: [SettingsItem]) throws {
        for item in items.prefix(SettingsPage.limit) {
            do {
                try database.inSavepoint {
                    try take(item)
                    return .commit
                }
            } catch let error where error is UnreadableSettings || error is EdgeError || Self.isRefusal(error)
            {
                // The device comes without it, and that is said of the device.
                store.logger.warning(
                    "what a gateway's device refers to is refused",
                    metadata: ["kind": "\(item.kind)", "id": "\(item.id)", "error": "\(error)"])
            }
        }
    }

    private static func isRefusal(_ error: any Error) -> Bool {
        (error as? DatabaseError)?.resultCode == .SQLITE_CONSTRAINT
    }

    private func take(_ item: SettingsItem) throws {
        guard let fields = item.fields, !item.id.isEmpty, item.id.utf8.count <= 128 else {
            throw UnreadableSettings()
        }
        switch SettingsKind(rawValue: item.kind) {
        case .codec:
            guard try add(.codec, SettingsTable.codec, item.id, fields) else { return }
            guard let codec = try CodecRow.fetch(CodecID(item.id), in: organization, database) else {
                throw UnreadableSettings()
            }
            try check(.codec(codec, count: try count(SettingsTable.codec)))
        case .profile:
            guard try add(.profile, SettingsTable.profile, item.id, fields) else { return }
            guard
                let profile = try DeviceProfileRow.fetch(
                    DeviceProfileID(item.id), in: organization, database)
            else { throw UnreadableSettings() }
            try check(.profile(profile, count: try count(SettingsTable.profile)))
        default: throw UnreadableSettings()
        }
    }

    /// False when it is known.
    private func add(_ named: Named, _ table: SettingsTable, _ id: String, _ fields: [String: String]) throws
        -> Bool
    {
        let isKnown = try Bool.fetchOne(
            database, sql: "SELECT 1 FROM \(table.name) WHERE id = ?", arguments: [id])
        guard isKnown != true else { return false }
        let organization = try store.organizationKeys.key(organization, in: database)
        var fields = fields
        let name = fields["name"] ?? ""
        let isInUse = try Bool.fetchOne(
            database, sql: "SELECT 1 FROM \(table.name) WHERE organization = ? AND name = ?",
            arguments: [organization, name])
        if isInUse == true { fields["name"] = try named.freeName(like: name, in: organization, database) }
        try table.write(id: id, in: organization, try table.values(fields), database)
        if table.name == SettingsTable.codec.name {
            store.decodingProgress.hasCodecs.store(true, ordering: .releasing)
        }
        return true
    }

    private func count(_ table: SettingsTable) throws -> Int {
        try Int.fetchOne(
            database, sql: "SELECT count(*) FROM \(table.name) WHERE organization = ?",
            arguments: [try store.organizationKeys.key(organization, in: database)]) ?? 0
    }
}
