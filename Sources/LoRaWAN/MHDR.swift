/// The first byte of every frame: MType (3 bits), RFU (3), Major (2).
package struct MHDR: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// LoRaWAN R1.
    package init(_ type: MessageType) { rawValue = type.rawValue << 5 }

    package var messageType: MessageType { MessageType(topBits: rawValue >> 5) }

    package var major: UInt8 { rawValue & 0b11 }
}

/// MType (LoRaWAN 1.1, table 3).
package enum MessageType: UInt8, CaseIterable, Sendable {
    case joinRequest = 0
    case joinAccept = 1
    case unconfirmedDataUp = 2
    case unconfirmedDataDown = 3
    case confirmedDataUp = 4
    case confirmedDataDown = 5
    case rejoinRequest = 6
    case proprietary = 7

    /// All three-bit values have a meaning.
    fileprivate init(topBits: UInt8) { self = MessageType(rawValue: topBits & 0b111) ?? .proprietary }
}

/// The way a frame travels, as cryptographic blocks encode it.
package enum Direction: UInt8, Hashable, Sendable {
    /// Device to network.
    case up = 0
    /// Network to device.
    case down = 1
}
