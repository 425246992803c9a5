import LoRaWAN

extension DeviceSession {
    private static let codingVersion: UInt8 = 1

    /// For storage. It holds the session's keys in the clear: to be sealed.
    ///
    /// Of the downlink counters the reserved values are written, so that a session read back goes on
    /// after every value that can have been used.
    package func encoded() -> [UInt8] {
        var writer = StateWriter()
        writer.byte(Self.codingVersion)
        writer.number(id.rawValue)
        writer.byte(version.rawValue)
        uplink.write(to: &writer)
        writer.flag(isHeard)
        radio.write(to: &writer)
        writer.number(networkCounter.reserved)
        writer.number(applicationCounter.reserved)
        let requests = pending.flatMap(\.encoded.bytes)
        writer.number(UInt(requests.count))
        writer.raw(requests)
        writer.list(attempts) { writer, attempt in
            writer.number(attempt.key)
            writer.byte(attempt.tries)
            writer.flag(attempt.isRefused)
            writer.number(attempt.resumesAt)
        }
        writer.list(history) { writer, sample in
            writer.number(sample.counter)
            writer.byte(UInt8(bitPattern: sample.snr))
        }
        writer.optional(maximumDataRate)
        writer.optional(maximumPowerIndex)
        writer.optional(battery)
        writer.optional(margin.map(UInt8.init(bitPattern:)))
        writer.optional(awaited?.item.rawValue)
        if let awaited {
            writer.number(awaited.counter)
            writer.byte(awaited.tries)
        }
        writer.optional(lastRejoinCount0)
        return writer.bytes
    }

    /// Reads what `encoded` wrote; throws for anything else.
    package init(decoding bytes: [UInt8]) throws(StateError) {
        var reader = StateReader(bytes)
        guard try reader.byte() == Self.codingVersion else { throw StateError() }
        let id = SessionID(rawValue: try reader.number())
        let version: LoRaWANVersion = try reader.known()
        let uplink = try UplinkSession(from: &reader)
        let isHeard = try reader.flag()
        let radio = try RadioState(from: &reader)
        self.init(id: id, version: version, uplink: uplink, isHeard: isHeard, radio: radio)
        networkCounter = DownlinkCounter(reserved: try reader.number())
        applicationCounter = DownlinkCounter(reserved: try reader.number())
        let length = try reader.number(UInt16.self)
        let split = MACCommand.split(try reader.raw(Int(length)), direction: .down)
        guard split.rest.isEmpty else { throw StateError() }
        pending = split.commands.map(DownlinkCommand.init)
        attempts = try reader.list(limit: Self.maximumAttempts) { reader throws(StateError) in
            RequestAttempt(
                key: try reader.number(), tries: try reader.byte(), isRefused: try reader.flag(),
                resumesAt: try reader.number())
        }
        history = try reader.list(limit: Self.historyLength) { reader throws(StateError) in
            ADRSample(counter: try reader.number(), snr: Int8(bitPattern: try reader.byte()))
        }
        maximumDataRate = try reader.optional()
        maximumPowerIndex = try reader.optional()
        battery = try reader.optional()
        margin = try reader.optional(UInt8.self).map(Int8.init(bitPattern:))
        if let item = try reader.optional(UInt64.self) {
            awaited = AwaitedDownlink(
                item: DownlinkItemID(rawValue: item), counter: try reader.number(), tries: try reader.byte())
        }
        lastRejoinCount0 = try reader.optional()
        guard reader.isAtEnd else { throw StateError() }
    }

    static let maximumAttempts = 48
    static let historyLength = 20
}

extension UplinkSession {
    fileprivate func write(to writer: inout StateWriter) {
        writer.number(devAddr.rawValue)
        writer.flag(keys.version == .v11)
        writer.key(keys.fNwkSIntKey)
        if keys.version == .v11 {
            writer.key(keys.sNwkSIntKey)
            writer.key(keys.nwkSEncKey)
        }
        writer.key(keys.appSKey)
        writer.optional(lastCounter?.rawValue)
        writer.optional(lastMark)
        writer.flag(resetPolicy == .allow)
        writer.flag(counterWidth == .bits16)
        writer.optional(maximumGap)
        writer.optional(region?.stored)
        writer.number(confirmedDownlinkCounter)
    }

    fileprivate init(from reader: inout StateReader) throws(StateError) {
        let devAddr = DevAddr(rawValue: try reader.number())
        let keys: SessionKeys
        if try reader.flag() {
            keys = SessionKeys(
                fNwkSIntKey: try reader.key(), sNwkSIntKey: try reader.key(), nwkSEncKey: try reader.key(),
                appSKey: try reader.key())
        } else {
            keys = SessionKeys(nwkSKey: try reader.key(), appSKey: try reader.key())
        }
        self.init(
            devAddr: devAddr, keys: keys,
            lastCounter: try reader.optional(UInt32.self).map(FrameCounter.init(rawValue:)),
            lastMark: try reader.optional(), resetPolicy: try reader.flag() ? .allow : .refuse,
            counterWidth: try reader.flag() ? .bits16 : .bits32, maximumGap: try reader.optional())
        if let stored = try reader.optional(UInt8.self) { region = try Region(stored: stored) }
        confirmedDownlinkCounter = try reader.number()
    }
}

extension RadioState {
    fileprivate func write(to writer: inout StateWriter) {
        writer.byte(region.stored)
        for value in [rxDelay, rx1Offset, rx2DataRate] { writer.byte(value) }
        writer.number(rx2Frequency)
        writer.list(channels) { writer, channel in
            writer.number(channel.frequency)
            writer.number(channel.downlinkFrequency)
            writer.byte(channel.maximumDataRate << 4 | channel.minimumDataRate & 0x0F)
        }
        writer.number(mask.low)
        writer.number(mask.high)
        for value in [dataRate, powerIndex, repetitions] { writer.byte(value) }
        writer.flag(limitsUplinkDwell)
        writer.flag(limitsDownlinkDwell)
        writer.optional(eirpIndex)
        writer.byte(dutyCycleExponent)
        writer.byte(deviceClass.rawValue)
        writer.optional(rejoin.map { $0.timeExponent << 4 | $0.countExponent & 0x0F })
    }

    fileprivate init(from reader: inout StateReader) throws(StateError) {
        self.init(region: try Region(stored: reader.byte()), version: .v104)
        let parameters = region.parameters
        rxDelay = try reader.byte()
        rx1Offset = try reader.byte()
        rx2DataRate = try reader.byte()
        rx2Frequency = try reader.number()
        channels = try reader.list(limit: 16) { reader throws(StateError) in
            let frequency = try reader.number(UInt32.self)
            let downlink = try reader.number(UInt32.self)
            let range = try reader.byte()
            guard range & 0x0F <= range >> 4 else { throw StateError() }
            return Channel(
                frequency: frequency, dataRates: (range & 0x0F)...(range >> 4), downlinkFrequency: downlink)
        }
        // The mandatory channels are those of the region's table: one array for all sessions.
        if channels == parameters.defaultChannels { channels = parameters.defaultChannels }
        mask.low = try reader.number()
        mask.high = try reader.number()
        dataRate = try reader.byte()
        powerIndex = try reader.byte()
        repetitions = try reader.byte()
        limitsUplinkDwell = try reader.flag()
        limitsDownlinkDwell = try reader.flag()
        eirpIndex = try reader.optional()
        dutyCycleExponent = try reader.byte()
        deviceClass = try reader.known()
        rejoin = try reader.optional(UInt8.self).map {
            DeviceSettings.RejoinPeriod(timeExponent: $0 >> 4, countExponent: $0 & 0x0F)
        }
        guard (1...15).contains(rxDelay), rx1Offset <= 7, repetitions <= 15 else { throw StateError() }
    }
}
