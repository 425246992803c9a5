import EdgeModel
import FoundationEssentials

/// One sighting as the spool keeps it.
struct SpooledSighting: Codable {
    /// Service data.
    var d: Data
    /// RSSI in dBm.
    var r: Int?
    /// When it was heard, in microseconds since 1970, and how good that is.
    var t: Int64
    var q: Int
    var n: Int
    /// Latitude and longitude, then altitude and accuracy where they are known.
    var p: [Double?]?

    init(_ sighting: ForeignSighting) {
        d = Data(sighting.serviceData)
        r = sighting.rssi.map { Int($0.dBm) }
        t = sighting.heardAt.microseconds
        q = sighting.clockQuality.rawValue
        n = sighting.count
        p = sighting.location.map { [$0.latitude, $0.longitude, $0.altitude, $0.accuracy] }
    }

    var sighting: ForeignSighting {
        ForeignSighting(
            serviceData: Array(d), rssi: r.flatMap { RSSI(dBm: $0) }, heardAt: Timestamp(microseconds: t),
            clockQuality: ClockQuality(rawValue: q) ?? .none, count: n, location: location)
    }

    private var location: Location? {
        guard let p, p.count == 4, let latitude = p[0], let longitude = p[1] else { return nil }
        return Location(latitude: latitude, longitude: longitude, altitude: p[2], accuracy: p[3])
    }
}
