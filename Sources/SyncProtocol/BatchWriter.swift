import Crypto
import EdgeModel

/// Writes one batch.
struct BatchWriter {
    private var bytes: [UInt8] = []
    private var devices = Table<EUI64>()
    private var gateways = Table<GatewayID>()
    private var frequencies = Table<UInt32>()
    private var rates = Table<String>()
    private var places = Table<Location>()
    private var previous = Previous()

    mutating func write(_ batch: SyncBatch) -> [UInt8] {
        bytes = BatchFormat.magic + batch.epoch.bytes
        write(UInt64(batch.range?.lowerBound ?? 0))
        write(UInt64((batch.range?.upperBound ?? 0) - (batch.range?.lowerBound ?? 0)))
        gather(batch)
        writeTables()
        previous.sequence = (batch.range?.lowerBound ?? 1) - 1
        write(UInt64(batch.packets.count))
        for packet in batch.packets { write(packet) }
        write(UInt64(batch.updates.count))
        for update in batch.updates { write(update) }
        bytes += Array(SHA256.hash(data: bytes))
        return bytes
    }

    private mutating func gather(_ batch: SyncBatch) {
        for packet in batch.packets {
            devices.add(packet.devEUI)
            gather(packet.receptions)
        }
        for update in batch.updates {
            devices.add(update.devEUI)
            gather(update.receptions)
        }
    }

    private mutating func gather(_ receptions: [Reception]) {
        for reception in receptions {
            gateways.add(reception.gateway)
            if let frequency = reception.frequency { frequencies.add(frequency) }
            if let rate = reception.dataRate { rates.add(rate) }
            if let location = reception.location { places.add(location) }
        }
    }

    private mutating func writeTables() {
        write(UInt64(devices.values.count))
        for device in devices.values { bytes.append(bigEndian: device.rawValue) }
        write(UInt64(gateways.values.count))
        for gateway in gateways.values { write(gateway.rawValue) }
        write(UInt64(frequencies.values.count))
        for frequency in frequencies.values { write(UInt64(frequency)) }
        write(UInt64(rates.values.count))
        for rate in rates.values { write(rate) }
        write(UInt64(places.values.count))
        for place in places.values {
            bytes.append((place.altitude == nil ? 0 : 1) | (place.accuracy == nil ? 0 : 2))
            for number in [place.latitude, place.longitude, place.altitude, place.accuracy] {
                if let number { bytes.append(bigEndian: number.bitPattern) }
            }
        }
    }

    private mutating func write(_ packet: SyncPacket) {
        write(UInt64(packet.sequence - previous.sequence - 1))
        previous.sequence = packet.sequence
        bytes += packet.id.bytes
        let device = devices.index(packet.devEUI)
        write(UInt64(device))
        let isOnce = packet.isHeardOnce
        var flags = RowFlags(packet.clockQuality)
        if packet.platform == .lorawan { flags.insert(.isLoRaWAN) }
        if packet.protection == .unencrypted { flags.insert(.isUnencrypted) }
        if packet.counter != nil { flags.insert(.hasCounter) }
        if packet.sequenceNumber != nil { flags.insert(.hasNumber) }
        if packet.fPort != nil { flags.insert(.hasPort) }
        if isOnce { flags.insert(.isHeardOnce) }
        bytes.append(flags.rawValue)
        write(time: packet.receivedAt)
        var last = previous.devices[device] ?? (counter: 0, number: 0)
        if let counter = packet.counter {
            write(signed: Int64(counter) - last.counter)
            last.counter = Int64(counter)
        }
        if let number = packet.sequenceNumber {
            write(signed: Int64(number) - last.number)
            last.number = Int64(number)
        }
        previous.devices[device] = last
        if let port = packet.fPort { bytes.append(port) }
        write(UInt64(packet.payload.count))
        bytes += packet.payload
        write(packet.receptions, of: packet.receivedAt, isOnce: isOnce)
    }

    private mutating func write(_ update: SyncUpdate) {
        bytes += update.id.bytes
        write(UInt64(devices.index(update.devEUI)))
        var flags = RowFlags(update.clockQuality)
        if update.sequenceNumber != nil { flags.insert(.hasNumber) }
        bytes.append(flags.rawValue)
        write(time: update.receivedAt)
        if let number = update.sequenceNumber { write(UInt64(number)) }
        write(update.receptions, of: update.receivedAt, isOnce: false)
    }

    private mutating func write(_ receptions: [Reception], of time: Timestamp, isOnce: Bool) {
        if !isOnce { write(UInt64(receptions.count)) }
        for reception in receptions {
            write(UInt64(gateways.index(reception.gateway)))
            var flags: ReceptionFlags = []
            let snr = reception.snr.flatMap { $0.isFinite ? $0 : nil }
            let roundSNR = snr.flatMap { Int64(hundredths: $0) }
            if reception.rssi != nil { flags.insert(.hasRSSI) }
            if snr != nil { flags.insert(roundSNR == nil ? .hasSNR : .hasRoundSNR) }
            if reception.frequency != nil { flags.insert(.hasFrequency) }
            if reception.dataRate != nil { flags.insert(.hasDataRate) }
            if reception.location != nil { flags.insert(.hasLocation) }
            bytes.append(flags.rawValue)
            if !isOnce {
                write(signed: reception.firstAt.microseconds - time.microseconds)
                write(signed: reception.lastAt.microseconds - reception.firstAt.microseconds)
                write(UInt64(max(0, reception.count)))
            }
            if let rssi = reception.rssi { bytes.append(rssi.byte) }
            if let roundSNR { write(signed: roundSNR) }
            if roundSNR == nil, let snr { bytes.append(bigEndian: snr.bitPattern) }
            if let frequency = reception.frequency { write(UInt64(frequencies.index(frequency))) }
            if let rate = reception.dataRate { write(UInt64(rates.index(rate))) }
            if let location = reception.location { write(UInt64(places.index(location))) }
        }
    }

    private mutating func write(time: Timestamp) {
        write(signed: time.microseconds - previous.time)
        previous.time = time.microseconds
    }

    private mutating func write(_ text: String) {
        write(UInt64(text.utf8.count))
        bytes += Array(text.utf8)
    }

    private mutating func write(signed number: Int64) {
        write(UInt64(bitPattern: number << 1 ^ number >> 63))
    }

    private mutating func write(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Values that rows name by their place.
struct Table<Value: Hashable> {
    private(set) var values: [Value] = []
    private var places: [Value: Int] = [:]

    mutating func add(_ value: Value) {
        guard places[value] == nil else { return }
        places[value] = values.count
        values.append(value)
    }

    /// The place of a value that was added.
    func index(_ value: Value) -> Int { places[value] ?? 0 }
}

/// What numbers are relative to.
struct Previous {
    var sequence: Int64 = 0
    var time: Int64 = 0
    var devices: [Int: (counter: Int64, number: Int64)] = [:]
}

extension SyncPacket {
    fileprivate var isHeardOnce: Bool {
        guard receptions.count == 1, let only = receptions.first else { return false }
        return only.count == 1 && only.firstAt == receivedAt && only.lastAt == receivedAt
    }
}

extension RowFlags {
    init(_ quality: ClockQuality) {
        switch quality {
        case .none: self = []
        case .saved: self = .isSaved
        case .synchronised: self = .isSynchronised
        case .told: self = [.isSaved, .isSynchronised]
        }
    }

    var quality: ClockQuality {
        switch (contains(.isSynchronised), contains(.isSaved)) {
        case (true, true): .told
        case (true, false): .synchronised
        case (false, true): .saved
        case (false, false): .none
        }
    }
}

extension Int64 {
    /// Nil unless `number` is a whole number of hundredths.
    init?(hundredths number: Double) {
        guard let whole = Int64(exactly: (number * 100).rounded()), Double(whole) / 100 == number else {
            return nil
        }
        self = whole
    }
}
