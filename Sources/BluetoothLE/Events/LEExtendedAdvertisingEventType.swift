extension LEExtendedAdvertisingReport {
    /// Event_Type: properties of the PDU in bits 0...4 and how complete the data is in bits 5...6.
    package struct EventType: RawRepresentable, Hashable, Sendable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        package init(rawValue: UInt16 = 0, dataStatus: DataStatus) {
            self.rawValue = rawValue & ~0x60 | UInt16(dataStatus.rawValue) << 5
        }

        /// A legacy ADV_NONCONN_IND with all its data, as Hubble devices send it.
        package static let legacyNonConnectable = EventType(rawValue: 0x0010)

        package var isLegacy: Bool { rawValue & 0x10 != 0 }

        /// Nil for the reserved value 3.
        package var dataStatus: DataStatus? {
            DataStatus(rawValue: UInt8(truncatingIfNeeded: rawValue >> 5 & 0b11))
        }
    }

    /// How much of the advertisement this report brings.
    package enum DataStatus: UInt8, Hashable, Sendable, CaseIterable {
        /// The whole of it, or its last fragment.
        case complete = 0
        /// A fragment; more of it comes in later reports.
        case moreToCome = 1
        /// The controller lost the rest; nothing more comes.
        case truncated = 2
    }
}
