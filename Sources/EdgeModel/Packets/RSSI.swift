/// Received signal strength in dBm, -200...20. Bluetooth has -127...20 (Core specification Vol 4 Part E
/// 7.7.65.2), LoRa hears below -140.
package struct RSSI: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let dBm: Int16

    /// Nil outside the range. 127, Bluetooth's "not available", is outside it.
    package init?(dBm: Int) {
        guard (-200...20).contains(dBm) else { return nil }
        self.dBm = Int16(dBm)
    }

    /// The value modulo 256; 21...55 are none.
    package var byte: UInt8 { UInt8(truncatingIfNeeded: dBm) }

    /// Nil for a byte that is none.
    package init?(byte: UInt8) {
        let value = Int(Int8(bitPattern: byte))
        self.init(dBm: value > 20 ? value - 256 : value)
    }

    package static func < (a: RSSI, b: RSSI) -> Bool { a.dBm < b.dBm }

    package var description: String { "\(dBm) dBm" }
}
