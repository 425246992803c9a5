import EdgeModel

/// A sighting as the journal keeps it: what is needed to open it again, and to say who heard it and how
/// well. Numbers are little-endian; a text has its length before it.
struct JournalRecord {
    var bytes: [UInt8] = []
    /// A byte that no RSSI has.
    private static let noRSSI: UInt8 = 21

    private enum Kind: UInt8 {
        case hubble = 0
        case lorawan = 1
    }

    /// Nil for what is too long for its field: no radio hears such a frame.
    init?(_ entry: HeardJournal.Entry, boot: Int64) {
        let sighting = entry.sighting
        short(entry.boot ?? boot)
        number(sighting.receivedAt.wall.microseconds)
        number(sighting.receivedAt.monotonic.nanoseconds)
        bytes.append(UInt8(entry.clockQuality.rawValue))
        bytes.append(sighting.rssi?.byte ?? Self.noRSSI)
        guard text(Array(sighting.gateway.rawValue.utf8)) else { return nil }
        optional(sighting.location?.latitude)
        if let location = sighting.location {
            number(location.longitude.bitPattern)
            optional(location.altitude)
            optional(location.accuracy)
        }
        switch sighting.frame {
        case .hubble(let serviceData):
            bytes.append(Kind.hubble.rawValue)
            guard text(serviceData) else { return nil }
        case .lorawan(let frame, let radio):
            bytes.append(Kind.lorawan.rawValue)
            guard text(frame), text(Array(radio.dataRate.utf8)) else { return nil }
            number(radio.frequency)
            optional(radio.snr)
        }
    }

    private mutating func number(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    /// Seven bits a byte, the low ones first: most are small.
    private mutating func short(_ value: Int64) {
        var rest = UInt64(bitPattern: value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func optional(_ value: Double?) {
        bytes.append(value == nil ? 0 : 1)
        if let value { number(value.bitPattern) }
    }

    private mutating func text(_ value: [UInt8]) -> Bool {
        guard let count = UInt8(exactly: value.count) else { return false }
        bytes.append(count)
        bytes += value
        return true
    }
}

/// Reads what `JournalRecord` wrote; nil for anything else.
struct JournalRecordReader {
    private var rest: ArraySlice<UInt8>

    static func read(_ bytes: ArraySlice<UInt8>) -> HeardJournal.Entry? {
        var reader = JournalRecordReader(rest: bytes)
        guard let entry = reader.entry(), reader.rest.isEmpty else { return nil }
        return entry
    }

    private mutating func entry() -> HeardJournal.Entry? {
        guard let boot = short(), let wall: Int64 = number(), let monotonic: UInt64 = number(),
            let quality = byte().flatMap({ ClockQuality(rawValue: Int($0)) }), let rssi = byte(),
            let gateway = text(), let latitude = optional()
        else { return nil }
        var location: Location?
        if let latitude {
            guard let longitude: UInt64 = number(), let altitude = optional(), let accuracy = optional()
            else { return nil }
            location = Location(
                latitude: latitude, longitude: Double(bitPattern: longitude), altitude: altitude,
                accuracy: accuracy)
        }
        guard let frame = frame() else { return nil }
        return HeardJournal.Entry(
            sighting: Sighting(
                gateway: GatewayID(String(decoding: gateway, as: UTF8.self)),
                receivedAt: ClockReading(
                    wall: Timestamp(microseconds: wall),
                    monotonic: MonotonicInstant(nanoseconds: monotonic)),
                rssi: RSSI(byte: rssi), frame: frame, location: location),
            clockQuality: quality, boot: boot)
    }

    private mutating func frame() -> Sighting.Frame? {
        switch byte() {
        case 0: return text().map { .hubble(serviceData: $0) }
        case 1:
            guard let frame = text(), let dataRate = text(), let frequency: UInt32 = number(),
                let snr = optional()
            else { return nil }
            return .lorawan(
                phyPayload: frame,
                LoRaReception(
                    frequency: frequency, dataRate: String(decoding: dataRate, as: UTF8.self), snr: snr,
                    counterMicroseconds: 0, hasCounter: false))
        default: return nil
        }
    }

    private mutating func byte() -> UInt8? { rest.popFirst() }

    private mutating func number<Value: FixedWidthInteger>() -> Value? {
        let count = MemoryLayout<Value>.size
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reversed().reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }

    private mutating func short() -> Int64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let byte = byte() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int64(bitPattern: value) }
        }
        return nil
    }

    /// Nil when there is no such field; a nil inside when it says so.
    private mutating func optional() -> Double?? {
        switch byte() {
        case 0: return .some(nil)
        case 1: return (number() as UInt64?).map { Double(bitPattern: $0) }
        default: return nil
        }
    }

    private mutating func text() -> [UInt8]? {
        guard let count = byte().map(Int.init), rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}
