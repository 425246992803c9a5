/// A WGS 84 position in degrees.
package struct Location: Hashable, Sendable {
    package let latitude: Double
    package let longitude: Double
    /// Metres above the ellipsoid, when known.
    package let altitude: Double?
    /// Horizontal accuracy in metres, when known.
    package let accuracy: Double?

    /// Nil for anything that is not a place: out of range, not finite, or a known placeholder
    /// (0, 0 and 10, 20: what forwarders and clients send when they have no fix).
    package init?(latitude: Double, longitude: Double, altitude: Double? = nil, accuracy: Double? = nil) {
        guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
        if latitude == 0 && longitude == 0 { return nil }
        if latitude == 10 && longitude == 20 { return nil }
        self.latitude = latitude
        self.longitude = longitude
        self.altitude = altitude.flatMap { $0.isFinite ? $0 : nil }
        self.accuracy = accuracy.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }
}
