/// FCtrl: four flags and the length of FOpts (LoRaWAN 1.1, section 4.3.1).
package struct FrameControl: RawRepresentable, Hashable, Sendable {
    package private(set) var rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package init(adr: Bool = false, adrAckReq: Bool = false, ack: Bool = false, bit4: Bool = false) {
        rawValue =
            (adr ? 0x80 : 0) | (adrAckReq ? 0x40 : 0) | (ack ? 0x20 : 0) | (bit4 ? 0x10 : 0)
    }

    /// The network controls the data rate.
    package var adr: Bool { rawValue & 0x80 != 0 }
    /// Uplink: the device asks for a sign of life. Downlink: RFU.
    package var adrAckReq: Bool { rawValue & 0x40 != 0 }
    /// The last confirmed frame of the other side has arrived.
    package var ack: Bool { rawValue & 0x20 != 0 }
    /// Downlink: more is waiting.
    package var fPending: Bool { rawValue & 0x10 != 0 }
    /// Uplink: the device listens in class B.
    package var classB: Bool { rawValue & 0x10 != 0 }

    /// FOptsLen: 0 to 15.
    package internal(set) var fOptsLength: Int {
        get { Int(rawValue & 0x0F) }
        set { rawValue = rawValue & 0xF0 | UInt8(truncatingIfNeeded: newValue) & 0x0F }
    }
}
