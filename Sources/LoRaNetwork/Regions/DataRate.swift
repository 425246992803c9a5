/// One row of a region's data-rate table.
package struct DataRate: Hashable, Sendable {
    /// `SF7BW125`, or `FSK50000`: as gateways write it.
    package let name: String
    package let modulation: Modulation

    package enum Modulation: Hashable, Sendable {
        /// Bandwidth in kilohertz.
        case lora(spreadingFactor: Int, bandwidth: Int)
        /// Bits per second.
        case fsk(bitRate: Int)
    }

    static func lora(_ spreadingFactor: Int, _ bandwidth: Int) -> DataRate {
        DataRate(
            name: "SF\(spreadingFactor)BW\(bandwidth)",
            modulation: .lora(spreadingFactor: spreadingFactor, bandwidth: bandwidth))
    }

    static let fsk50 = DataRate(name: "FSK50000", modulation: .fsk(bitRate: 50_000))

    /// The SNR in decibels that a receiver needs (SX1276 data sheet, table 13). FSK has no such
    /// floor; the same 10 dB that gateways show as their ceiling stand for it.
    package var requiredSNR: Double {
        switch modulation {
        case .lora(let spreadingFactor, _): -7.5 - 2.5 * Double(spreadingFactor - 7)
        case .fsk: 10
        }
    }

    /// Microseconds on the air (SX1276 data sheet, section 4.1.1.7): preamble of 8 symbols, explicit
    /// header, coding rate 4/5, low data rate optimization from 16 ms a symbol on. `hasCRC` holds
    /// for uplinks.
    package func airtime(byteCount: Int, hasCRC: Bool = false) -> Int64 {
        switch modulation {
        case .fsk(let bitRate):
            // Preamble 5, sync word 3, length 1, CRC 2 bytes.
            return Int64((5 + 3 + 1 + byteCount + 2) * 8) * 1_000_000 / Int64(bitRate)
        case .lora(let spreadingFactor, let bandwidth):
            let symbol = Int64(1 << spreadingFactor) * 1_000 / Int64(bandwidth)
            let optimizes = symbol >= 16_000
            let bits = 8 * byteCount - 4 * spreadingFactor + 28 + (hasCRC ? 16 : 0)
            let perBlock = 4 * (spreadingFactor - (optimizes ? 2 : 0))
            let blocks = bits > 0 ? (bits + perBlock - 1) / perBlock : 0
            return symbol * 49 / 4 + symbol * Int64(8 + blocks * 5)
        }
    }
}
