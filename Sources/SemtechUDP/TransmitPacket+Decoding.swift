extension TransmitPacket {
    /// Reads a `txpk` object as a forwarder does: one of `imme` (true), `tmst` and `tmms` must be
    /// there, in that order of preference, and `tmst` is taken modulo 2^32. `size` is not compared
    /// with `data`.
    static func read(from reader: inout JSONReader) throws(Fault) -> TransmitPacket {
        var fields = Fields()
        do {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                try fields.read(key, from: &reader)
            }
        } catch {
            throw .malformed
        }
        return try fields.validated()
    }

    private struct Fields {
        var isImmediate: Bool?
        var counter: UInt32?
        var gpsMilliseconds: UInt64?
        var radioChain: Int?
        var frequency: UInt32?
        var power: Int?
        var dataRate: DataRate?
        var codingRate: String?
        var deviation: UInt32?
        var invertsPolarity: Bool?
        var omitsCRC: Bool?
        var preamble: Int?
        var payload = Base64Field.missing

        mutating func read(
            _ key: String, from reader: inout JSONReader
        ) throws(JSONReader.SyntaxError) {
            switch key {
            case "imme": isImmediate = try reader.bool()
            case "tmst": counter = try reader.counter()
            case "tmms": gpsMilliseconds = try reader.milliseconds()
            case "rfch": radioChain = try reader.int()
            case "freq": frequency = try reader.hertz()
            case "powe": power = try reader.int()
            case "datr": dataRate = try reader.dataRate()
            case "codr": codingRate = try reader.stringValue()
            case "fdev": deviation = try reader.number()?.integer.flatMap(UInt32.init(exactly:))
            case "ipol": invertsPolarity = try reader.bool()
            case "ncrc": omitsCRC = try reader.bool()
            case "prea": preamble = try reader.int()
            case "data": payload = try reader.base64()
            default: try reader.skipValue()
            }
        }

        func validated() throws(Fault) -> TransmitPacket {
            guard let frequency else { throw .frequency }
            guard let radioChain else { throw .radioChain }
            guard case .bytes(let payload) = payload else { throw .payload }
            return try TransmitPacket(
                timing: try timing(), radioChain: radioChain, frequency: frequency,
                power: power, modulation: try modulation(),
                omitsCRC: omitsCRC ?? false, preamble: preamble, payload: payload)
        }

        private func timing() throws(Fault) -> Timing {
            if isImmediate == true { return .immediately }
            if let counter { return .counter(counter) }
            if let gpsMilliseconds { return .gps(milliseconds: gpsMilliseconds) }
            throw .timing
        }

        private func modulation() throws(Fault) -> Modulation {
            switch dataRate {
            case .lora(let factor, let bandwidth):
                guard let codingRate else { throw .modulation }
                return .lora(
                    spreadingFactor: factor, bandwidth: bandwidth, codingRate: codingRate,
                    invertsPolarity: invertsPolarity ?? false)
            case .fsk(let bitRate):
                guard let deviation else { throw .modulation }
                return .fsk(bitRate: bitRate, deviation: deviation)
            case .lrFHSS, nil: throw .modulation
            }
        }
    }
}

extension JSONReader {
    /// `true` or `false`; nil, and skipped, for anything else.
    fileprivate mutating func bool() throws(SyntaxError) -> Bool? {
        let first = peek()
        try skipValue()
        switch first {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: return nil
        }
    }
}
