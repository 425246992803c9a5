extension ReceivedPacket {
    /// Reads one `rxpk` object, leaving the reader behind it.
    ///
    /// Every key may be absent, `null` or of the wrong kind; what cannot be done without (`data`,
    /// `freq`, `datr`) is checked at the end. Unknown keys are skipped.
    static func read(
        from reader: inout JSONReader
    ) throws(JSONReader.SyntaxError) -> Result<ReceivedPacket, Rejection> {
        var fields = Fields()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            try fields.read(key, from: &reader)
        }
        return fields.validated()
    }

    /// The keys as they come, before anything is demanded of them.
    private struct Fields {
        var data = Base64Field.missing
        var frequency: UInt32?
        var modulation: String?
        var dataRate: DataRate?
        var codingRate: String?
        var counter: UInt32?
        var time: String?
        var gpsMilliseconds: UInt64?
        var own = Signal()
        var bestAntenna: Signal?
        var radioChain: Int?
        var status: Int64?

        mutating func read(
            _ key: String, from reader: inout JSONReader
        ) throws(JSONReader.SyntaxError) {
            switch key {
            case "data": data = try reader.base64()
            case "freq": frequency = try reader.hertz()
            case "modu": modulation = try reader.stringValue()
            case "datr": dataRate = try reader.dataRate()
            case "codr": codingRate = try reader.stringValue()
            case "tmst": counter = try reader.counter()
            case "time": time = try reader.stringValue()
            case "tmms": gpsMilliseconds = try reader.milliseconds()
            case "rssi": own.rssi = try reader.number()?.double
            case "lsnr": own.snr = try reader.number()?.double
            case "chan": own.channel = try reader.int()
            case "rfch": radioChain = try reader.int()
            case "stat": status = try reader.number()?.integer
            case "rsig": bestAntenna = try ReceivedPacket.bestAntenna(from: &reader)
            default: try reader.skipValue()
            }
        }

        func validated() -> Result<ReceivedPacket, Rejection> {
            if status == -1 { return .failure(.crcBad) }
            guard data != .missing else { return .failure(.dataMissing) }
            guard case .bytes(let payload) = data else { return .failure(.dataNotBase64) }
            guard (1...255).contains(payload.count) else { return .failure(.dataLength) }
            guard let frequency else { return .failure(.frequency) }
            guard let dataRate, matchesModulation(dataRate) else { return .failure(.dataRate) }
            return .success(
                ReceivedPacket(
                    payload: payload, frequency: frequency, dataRate: dataRate,
                    codingRate: codingRate == "OFF" ? nil : codingRate, counter: counter, time: time,
                    gpsMilliseconds: gpsMilliseconds, signal: signal(at: dataRate), radioChain: radioChain,
                    crc: status == 1 ? .valid : .notChecked))
        }

        /// The stronger of what the object says itself and its best antenna.
        private func signal(at dataRate: DataRate) -> Signal {
            var signal = own
            if let bestAntenna, !own.isStronger(than: bestAntenna) { signal = bestAntenna }
            if case .fsk = dataRate { signal.snr = nil }
            return signal
        }

        /// `modu` may be absent; where it is given it must be one that the data rate belongs to.
        private func matchesModulation(_ dataRate: DataRate) -> Bool {
            guard let modulation else { return true }
            switch (dataRate, modulation.uppercased()) {
            case (.lora, "LORA"), (.fsk, "FSK"), (.lrFHSS, "LR-FHSS"): return true
            default: return false
            }
        }
    }

    /// The strongest entry of `rsig[]` (jver 2); nil when there is none.
    private static func bestAntenna(
        from reader: inout JSONReader
    ) throws(JSONReader.SyntaxError) -> Signal? {
        guard reader.peek() == UInt8(ascii: "[") else {
            try reader.skipValue()
            return nil
        }
        var best: Signal?
        try reader.beginArray()
        while try reader.hasElement() {
            guard reader.peek() == UInt8(ascii: "{") else {
                try reader.skipValue()
                continue
            }
            let antenna = try antenna(from: &reader)
            if best.map({ antenna.isStronger(than: $0) }) ?? true { best = antenna }
        }
        return best
    }

    private static func antenna(from reader: inout JSONReader) throws(JSONReader.SyntaxError) -> Signal {
        var signal = Signal()
        var signalRSSI: Double?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "rssic": signal.rssi = try reader.number()?.double
            case "rssis": signalRSSI = try reader.number()?.double
            case "lsnr": signal.snr = try reader.number()?.double
            case "chan": signal.channel = try reader.int()
            default: try reader.skipValue()
            }
        }
        signal.rssi = signal.rssi ?? signalRSSI
        return signal
    }
}
