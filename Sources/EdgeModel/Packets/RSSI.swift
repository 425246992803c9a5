/// Received signal strength in dBm, -127...20 (Core specification Vol 4 Part E 7.7.65.2; LoRa
/// concentrators report within the same range).
package struct RSSI: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let dBm: Int8

    /// Nil outside the range. 127, Bluetooth's "not available", is outside it.
    package init?(dBm: Int) {
        guard (-127...20).contains(dBm) else { return nil }
        self.dBm = Int8(dBm)
    }

    package static func < (a: RSSI, b: RSSI) -> Bool { a.dBm < b.dBm }

    package var description: String { "\(dBm) dBm" }
}
