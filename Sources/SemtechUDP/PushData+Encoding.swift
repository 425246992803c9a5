extension PushData {
    /// The datagram as a forwarder sends it; `rejections` are not part of it.
    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        if !packets.isEmpty {
            writer.beginArray("rxpk")
            for packet in packets { packet.write(to: &writer) }
            writer.endArray()
        }
        statistics?.write(to: &writer)
        writer.endObject()
        let header = DatagramHeader(version: version, token: token, kind: .pushData, gateway: gateway)
        return header.bytes + writer.bytes
    }
}

extension ReceivedPacket {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if let counter { writer.member("tmst", counter) }
        if let time { writer.member("time", time) }
        if let gpsMilliseconds { writer.member("tmms", gpsMilliseconds) }
        if let channel = signal.channel { writer.member("chan", channel) }
        if let radioChain { writer.member("rfch", radioChain) }
        writer.member("freq", fixedPoint: Int(frequency), decimals: 6)
        writer.member("stat", crc == .valid ? 1 : 0)
        writer.member(dataRate)
        if let codingRate { writer.member("codr", codingRate) }
        if let rssi = signal.rssi { writer.member("rssi", rounding: rssi, decimals: 0) }
        if let snr = signal.snr { writer.member("lsnr", rounding: snr, decimals: 1) }
        writer.member("size", payload.count)
        writer.member("data", Base64.encode(payload))
        writer.endObject()
    }
}

extension ForwarderStatistics {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject("stat")
        if let time { writer.member("time", time) }
        if let latitude { writer.member("lati", rounding: latitude, decimals: 5) }
        if let longitude { writer.member("long", rounding: longitude, decimals: 5) }
        if let altitude { writer.member("alti", rounding: altitude, decimals: 0) }
        if let received { writer.member("rxnb", received) }
        if let receivedWithValidCRC { writer.member("rxok", receivedWithValidCRC) }
        if let forwarded { writer.member("rxfw", forwarded) }
        if let acknowledgedPercent { writer.member("ackr", rounding: acknowledgedPercent, decimals: 1) }
        if let downlinksReceived { writer.member("dwnb", downlinksReceived) }
        if let downlinksSent { writer.member("txnb", downlinksSent) }
        if let temperature { writer.member("temp", rounding: temperature, decimals: 1) }
        writer.endObject()
    }
}

extension JSONWriter {
    /// `modu` and `datr`.
    mutating func member(_ dataRate: DataRate) {
        switch dataRate {
        case .lora:
            member("modu", "LORA")
            member("datr", dataRate.description)
        case .fsk(let bitRate):
            member("modu", "FSK")
            member("datr", bitRate)
        case .lrFHSS(let name):
            member("modu", "LR-FHSS")
            member("datr", name)
        }
    }

    /// A measured value with a fixed number of decimals; left out when it is not finite.
    fileprivate mutating func member(_ key: StaticString, rounding value: Double, decimals: Int) {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        guard let units = Int(exactly: (value * scale).rounded()) else { return }
        if decimals == 0 { member(key, units) } else { member(key, fixedPoint: units, decimals: decimals) }
    }
}
