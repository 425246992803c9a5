/// One downlink for a forwarder to send: a `txpk` object (PROTOCOL.md, section 6).
///
/// The initializer refuses what a forwarder would drop in silence, so that what is encoded always
/// has `rfch`, `freq`, `modu`, `datr`, `codr` (LoRa) or `fdev` (FSK), `size`, `data` and exactly
/// one of `imme`, `tmst`, `tmms`.
package struct TransmitPacket: Hashable, Sendable {
    package let timing: Timing
    /// `rfch`: the radio chain that transmits.
    package let radioChain: Int
    /// `freq`: hertz.
    package let frequency: UInt32
    /// `powe`: dBm; nil leaves it to the forwarder.
    package let power: Int?
    package let modulation: Modulation
    /// `ncrc`: true sends no physical CRC.
    package let omitsCRC: Bool
    /// `prea`: preamble symbols or bytes; nil leaves it to the forwarder.
    package let preamble: Int?
    /// `data`: 1 to 255 bytes.
    package let payload: [UInt8]

    package enum Timing: Hashable, Sendable {
        /// `imme`: at once (class C).
        case immediately
        /// `tmst`: when the concentrator's microsecond counter has this value (class A).
        case counter(UInt32)
        /// `tmms`: milliseconds since 1980-01-06, without leap seconds (class B; needs a GPS).
        case gps(milliseconds: UInt64)
    }

    package enum Modulation: Hashable, Sendable {
        /// Bandwidth in kHz; `codr` as `4/5`; `ipol`, true for LoRaWAN downlinks.
        case lora(spreadingFactor: UInt8, bandwidth: UInt16, codingRate: String, invertsPolarity: Bool)
        /// Bits per second; `fdev`: frequency deviation in hertz.
        case fsk(bitRate: UInt32, deviation: UInt32)
    }

    /// Why a `txpk` was refused.
    package enum Fault: String, Error, Hashable, CaseIterable, Sendable {
        case malformed, timing, radioChain, frequency, modulation, payload
    }

    package init(
        timing: Timing, radioChain: Int = 0, frequency: UInt32, power: Int? = nil, modulation: Modulation,
        omitsCRC: Bool = false, preamble: Int? = nil, payload: [UInt8]
    ) throws(Fault) {
        guard (0...255).contains(radioChain) else { throw .radioChain }
        guard frequency > 0 else { throw .frequency }
        guard (1...255).contains(payload.count) else { throw .payload }
        switch modulation {
        case .lora(let factor, let bandwidth, let codingRate, _):
            guard (5...12).contains(factor), bandwidth > 0, !codingRate.isEmpty else { throw .modulation }
        case .fsk(let bitRate, let deviation):
            guard bitRate > 0, deviation > 0 else { throw .modulation }
        }
        self.timing = timing
        self.radioChain = radioChain
        self.frequency = frequency
        self.power = power
        self.modulation = modulation
        self.omitsCRC = omitsCRC
        self.preamble = preamble
        self.payload = payload
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject("txpk")
        switch timing {
        case .immediately: writer.member("imme", true)
        case .counter(let counter): writer.member("tmst", counter)
        case .gps(let milliseconds): writer.member("tmms", milliseconds)
        }
        writer.member("rfch", radioChain)
        writer.member("freq", fixedPoint: Int(frequency), decimals: 6)
        if let power { writer.member("powe", power) }
        switch modulation {
        case .lora(let factor, let bandwidth, let codingRate, let invertsPolarity):
            writer.member(DataRate.lora(spreadingFactor: factor, bandwidth: bandwidth))
            writer.member("codr", codingRate)
            writer.member("ipol", invertsPolarity)
        case .fsk(let bitRate, let deviation):
            writer.member(DataRate.fsk(bitRate: bitRate))
            writer.member("fdev", deviation)
        }
        if let preamble { writer.member("prea", preamble) }
        if omitsCRC { writer.member("ncrc", true) }
        writer.member("size", payload.count)
        writer.member("data", Base64.encode(payload))
        writer.endObject()
    }
}
