/// The link-layer specification that a device was built to.
package enum LoRaWANVersion: UInt8, CaseIterable, Comparable, Hashable, Sendable {
    case v102 = 2
    case v103 = 3
    case v104 = 4
    case v110 = 16

    /// `1.0.3`, `1.1`; `1.1.0` too.
    package init?(_ text: String) {
        switch text {
        case "1.0.2": self = .v102
        case "1.0.3": self = .v103
        case "1.0.4": self = .v104
        case "1.1", "1.1.0": self = .v110
        default: return nil
        }
    }

    package var description: String {
        switch self {
        case .v102: "1.0.2"
        case .v103: "1.0.3"
        case .v104: "1.0.4"
        case .v110: "1.1"
        }
    }

    package static func < (a: LoRaWANVersion, b: LoRaWANVersion) -> Bool { a.rawValue < b.rawValue }

    /// DevNonce counts up and is never repeated; before, it is random.
    package var countsDevNonces: Bool { self >= .v104 }

    /// The edition of the regional parameters that goes with it, unless the device says otherwise.
    package var usualRevision: RegionalRevision { self == .v104 ? .rp002 : .revisionB }
}

/// Numbers a device's sessions: the JoinNonce that began it, so that no number comes twice; 0 is a
/// session that was personalized.
package struct SessionID: Hashable, Comparable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// ABP.
    package static let personalized = SessionID(rawValue: 0)

    package static func < (a: SessionID, b: SessionID) -> Bool { a.rawValue < b.rawValue }
}
