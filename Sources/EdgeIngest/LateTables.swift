import EdgeModel
import HubbleAdvertising

/// Tables of ephemeral identifiers for days that the key ring does not cover any more: for uploads
/// of gateways that were out of reach. Bounded, and forgotten when the registry changes.
struct LateTables {
    private static let capacity = 8
    /// What was heard longer ago is kept raw, in days.
    static let reach: Int64 = 30

    private var revision: Int64 = -1
    private var tables: [Int64: EphemeralIDTable] = [:]

    /// The table for frames heard on `day`.
    mutating func table(for day: Int64, of ring: KeyRing, revision: Int64) -> EphemeralIDTable {
        if revision != self.revision || tables.count >= Self.capacity && tables[day] == nil {
            tables = [:]
            self.revision = revision
        }
        if let known = tables[day] { return known }
        let devices = ring.entries.enumerated().compactMap { place, entry -> ListedDevice? in
            guard let entry, let listed = KeyRing.listed(entry, at: Int32(place)) else { return nil }
            switch listed.scheme {
            case .unknown, .counterMode(nil), .counterMode(.unixTime):
                return ListedDevice(index: listed.index, key: listed.key, scheme: .counterMode(.unixTime))
            case .counterMode(.deviceUptime), .eax:
                // The ring has these whatever the day.
                return nil
            }
        }
        let table = EphemeralIDTable(
            devices: devices, window: KeyRing.window(around: day, days: ring.windowDays))
        tables[day] = table
        return table
    }
}
