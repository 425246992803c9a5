import Crypto
import EdgeModel

/// Reads one batch from bytes that anybody may have made.
struct BatchReader {
    private let bytes: [UInt8]
    private var place = 0
    private let end: Int
    private var devices: [EUI64] = []
    private var gateways: [GatewayID] = []
    private var frequencies: [UInt32] = []
    private var rates: [String] = []
    private var places: [Location] = []
    private var previous = Previous()

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        end = max(0, bytes.count - BatchFormat.hashLength)
    }

    mutating func read() throws(MalformedBatch) -> SyncBatch {
        guard bytes.count <= BatchFormat.lengthLimit else { throw MalformedBatch("the batch is too long") }
        guard try take(4) == BatchFormat.magic[...] else { throw MalformedBatch("not a batch of version 1") }
        guard Array(SHA256.hash(data: bytes[..<end])) == Array(bytes[end...]) else {
            throw MalformedBatch("the hash does not agree")
        }
        let epoch = try identifier()
        let range = try range()
        try readTables()
        var batch = SyncBatch(epoch: epoch, range: range)
        previous.sequence = (range?.lowerBound ?? 1) - 1
        let count = try count(SyncBatch.rowLimit, "packets")
        guard count == 0 || range != nil else { throw MalformedBatch("packets without a range") }
        for _ in 0..<count { batch.packets.append(try packet(within: range)) }
        for _ in 0..<(try self.count(SyncBatch.rowLimit, "updates")) { batch.updates.append(try update()) }
        guard place == end else { throw MalformedBatch("more bytes than the batch has") }
        return batch
    }

    private mutating func range() throws(MalformedBatch) -> ClosedRange<Int64>? {
        let (first, length) = (try number(), try number())
        guard first > 0 else {
            guard length == 0 else { throw MalformedBatch("a range without a beginning") }
            return nil
        }
        guard let lower = Int64(exactly: first), let more = Int64(exactly: length) else {
            throw MalformedBatch("a range out of bounds")
        }
        let (upper, overflow) = lower.addingReportingOverflow(more)
        guard !overflow, upper < .max else { throw MalformedBatch("a range out of bounds") }
        return lower...upper
    }

    private mutating func readTables() throws(MalformedBatch) {
        for _ in 0..<(try count(SyncBatch.rowLimit * 2, "devices")) {
            devices.append(EUI64(rawValue: try fixed()))
        }
        for _ in 0..<(try count(SyncBatch.tableLimit, "gateways")) {
            gateways.append(GatewayID(try text()))
        }
        for _ in 0..<(try count(SyncBatch.tableLimit, "frequencies")) {
            guard let frequency = UInt32(exactly: try number()) else {
                throw MalformedBatch("a frequency out of bounds")
            }
            frequencies.append(frequency)
        }
        for _ in 0..<(try count(SyncBatch.tableLimit, "data rates")) { rates.append(try text()) }
        for _ in 0..<(try count(BatchFormat.receptionLimit * 4, "places")) { places.append(try location()) }
    }

    private mutating func location() throws(MalformedBatch) -> Location {
        let has = try byte()
        let latitude = Double(bitPattern: try fixed())
        let longitude = Double(bitPattern: try fixed())
        let altitude = has & 1 == 0 ? nil : Double(bitPattern: try fixed())
        let accuracy = has & 2 == 0 ? nil : Double(bitPattern: try fixed())
        guard altitude?.isFinite != false, accuracy?.isFinite != false,
            let location = Location(
                latitude: latitude, longitude: longitude, altitude: altitude, accuracy: accuracy)
        else { throw MalformedBatch("a place that is none") }
        return location
    }

    private mutating func packet(within range: ClosedRange<Int64>?) throws(MalformedBatch) -> SyncPacket {
        guard let step = Int64(exactly: try number()), step < .max - previous.sequence - 1 else {
            throw MalformedBatch("a sequence number out of bounds")
        }
        let sequence = previous.sequence + step + 1
        guard range?.contains(sequence) == true else {
            throw MalformedBatch("a sequence number outside the range")
        }
        previous.sequence = sequence
        let id = try identifier()
        let place = try index(devices.count)
        let flags = RowFlags(rawValue: try byte())
        let time = try time()
        var last = previous.devices[place] ?? (counter: 0, number: 0)
        var (counter, number, port): (UInt32?, UInt32?, UInt8?)
        if flags.contains(.hasCounter) { counter = try relative(to: &last.counter) }
        if flags.contains(.hasNumber) { number = try relative(to: &last.number) }
        previous.devices[place] = last
        if flags.contains(.hasPort) { port = try byte() }
        let payload = Array(try take(try count(BatchFormat.payloadLimit, "bytes of payload")))
        let receptions = try receptions(of: time, isOnce: flags.contains(.isHeardOnce))
        return SyncPacket(
            sequence: sequence, id: id, devEUI: devices[place],
            platform: flags.contains(.isLoRaWAN) ? .lorawan : .ble,
            protection: flags.contains(.isUnencrypted) ? .unencrypted : .decrypted, payload: payload,
            counter: counter, sequenceNumber: number, fPort: port, receivedAt: time,
            clockQuality: flags.quality, receptions: receptions)
    }

    private mutating func update() throws(MalformedBatch) -> SyncUpdate {
        let id = try identifier()
        let device = devices[try index(devices.count)]
        let flags = RowFlags(rawValue: try byte())
        let time = try time()
        var sequenceNumber: UInt32?
        if flags.contains(.hasNumber) {
            guard let number = UInt32(exactly: try number()) else {
                throw MalformedBatch("a message number out of bounds")
            }
            sequenceNumber = number
        }
        return SyncUpdate(
            id: id, devEUI: device, sequenceNumber: sequenceNumber, receivedAt: time,
            clockQuality: flags.quality, receptions: try receptions(of: time, isOnce: false))
    }

    private mutating func receptions(of time: Timestamp, isOnce: Bool) throws(MalformedBatch) -> [Reception] {
        let count = isOnce ? 1 : try count(BatchFormat.receptionLimit, "receptions")
        guard count > 0 else { throw MalformedBatch("a packet that nobody heard") }
        var receptions: [Reception] = []
        receptions.reserveCapacity(count)
        for _ in 0..<count { receptions.append(try reception(of: time, isOnce: isOnce)) }
        return receptions
    }

    private mutating func reception(of time: Timestamp, isOnce: Bool) throws(MalformedBatch) -> Reception {
        let gateway = gateways[try index(gateways.count)]
        let flags = ReceptionFlags(rawValue: try byte())
        var reception = Reception(gateway: gateway, firstAt: time, lastAt: time, count: 1, rssi: nil)
        if !isOnce {
            reception.firstAt = try self.time(after: time)
            reception.lastAt = try self.time(after: reception.firstAt)
            guard let count = Int32(exactly: try number()), count > 0,
                reception.lastAt >= reception.firstAt
            else { throw MalformedBatch("a reception that never was") }
            reception.count = Int(count)
        }
        if flags.contains(.hasRSSI) {
            guard let rssi = RSSI(byte: try byte()) else {
                throw MalformedBatch("an RSSI out of bounds")
            }
            reception.rssi = rssi
        }
        if flags.contains(.hasRoundSNR) { reception.snr = Double(try signed()) / 100 }
        if flags.contains(.hasSNR) { reception.snr = Double(bitPattern: try fixed()) }
        guard reception.snr?.isFinite != false else { throw MalformedBatch("an SNR that is no number") }
        if flags.contains(.hasFrequency) { reception.frequency = frequencies[try index(frequencies.count)] }
        if flags.contains(.hasDataRate) { reception.dataRate = rates[try index(rates.count)] }
        if flags.contains(.hasLocation) { reception.location = places[try index(places.count)] }
        return reception
    }

    // MARK: Numbers

    private mutating func time() throws(MalformedBatch) -> Timestamp {
        let time = try time(after: Timestamp(microseconds: previous.time))
        previous.time = time.microseconds
        return time
    }

    private mutating func time(after base: Timestamp) throws(MalformedBatch) -> Timestamp {
        let (time, overflow) = base.microseconds.addingReportingOverflow(try signed())
        guard !overflow, BatchFormat.times.contains(time) else {
            throw MalformedBatch("a time out of bounds")
        }
        return Timestamp(microseconds: time)
    }

    private mutating func relative(to last: inout Int64) throws(MalformedBatch) -> UInt32 {
        let (sum, overflow) = last.addingReportingOverflow(try signed())
        guard !overflow, let number = UInt32(exactly: sum) else {
            throw MalformedBatch("a message number out of bounds")
        }
        last = sum
        return number
    }

    private mutating func count(_ limit: Int, _ what: String) throws(MalformedBatch) -> Int {
        let number = try number()
        guard number <= UInt64(limit) else { throw MalformedBatch("more than \(limit) \(what)") }
        return Int(number)
    }

    private mutating func index(_ count: Int) throws(MalformedBatch) -> Int {
        let number = try number()
        guard number < UInt64(count) else { throw MalformedBatch("a place outside its table") }
        return Int(number)
    }

    private mutating func text() throws(MalformedBatch) -> String {
        let bytes = try take(try count(BatchFormat.textLimit, "bytes of text"))
        guard !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        else { throw MalformedBatch("a text that is none") }
        return text
    }

    private mutating func identifier() throws(MalformedBatch) -> UniqueID {
        UniqueID(high: try fixed(), low: try fixed())
    }

    private mutating func fixed() throws(MalformedBatch) -> UInt64 {
        try take(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func signed() throws(MalformedBatch) -> Int64 {
        let number = try number()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    private mutating func number() throws(MalformedBatch) -> UInt64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { throw MalformedBatch("a number out of bounds") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            guard shift < 64 else { throw MalformedBatch("a number out of bounds") }
        }
    }

    private mutating func byte() throws(MalformedBatch) -> UInt8 {
        guard place < end else { throw MalformedBatch("the batch ends too early") }
        defer { place += 1 }
        return bytes[place]
    }

    private mutating func take(_ count: Int) throws(MalformedBatch) -> ArraySlice<UInt8> {
        guard count <= end - place else { throw MalformedBatch("the batch ends too early") }
        defer { place += count }
        return bytes[place..<place + count]
    }
}
