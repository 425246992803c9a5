/// A device's identifier as it is kept in great numbers: a generated one takes sixteen bytes in place,
/// any other text is kept as it is.
package enum PackedDeviceID: Hashable, Sendable {
    case unique(UniqueID)
    case text(DeviceID)

    package init(_ id: DeviceID) {
        if let unique = UniqueID(id.rawValue), unique.description == id.rawValue {
            self = .unique(unique)
        } else {
            self = .text(id)
        }
    }
}

extension DeviceID {
    package init(_ packed: PackedDeviceID) {
        switch packed {
        case .unique(let unique): self.init(unique.description)
        case .text(let id): self = id
        }
    }
}
