/// A WGS 84 position in degrees.
package struct Location: Hashable, Sendable {
    package var latitude: Double { position.latitude }
    package var longitude: Double { position.longitude }
    /// Metres above the ellipsoid, when known.
    package var altitude: Double? { position.altitude }
    /// Horizontal accuracy in metres, when known.
    package var accuracy: Double? { position.accuracy }

    private struct Position: Hashable, Sendable {
        let latitude: Double
        let longitude: Double
        let altitude: Double?
        let accuracy: Double?
    }

    /// Few receptions have a position, and those of one gateway have the same: it stands apart, once for
    /// all copies.
    private indirect enum Shared: Hashable, Sendable {
        case at(Position)
    }

    private let shared: Shared

    private var position: Position {
        switch shared {
        case .at(let position): position
        }
    }

    /// Nil for anything that is not a place: out of range, not finite, or a known placeholder
    /// (0, 0 and 10, 20: what forwarders and clients send when they have no fix).
    package init?(latitude: Double, longitude: Double, altitude: Double? = nil, accuracy: Double? = nil) {
        guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
        if latitude == 0 && longitude == 0 { return nil }
        if latitude == 10 && longitude == 20 { return nil }
        shared = .at(
            Position(
                latitude: latitude, longitude: longitude,
                altitude: altitude.flatMap { $0.isFinite ? $0 : nil },
                accuracy: accuracy.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }))
    }
}
