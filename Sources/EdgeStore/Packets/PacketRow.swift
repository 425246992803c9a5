import EdgeModel
import GRDB

/// One row of `packet`, on its way in.
struct PacketRow {
    let sequence: Int64
    let packet: NewPacket
    let first: Reception
    let boot: Int64
    let gateway: Int64

    /// False when a packet with this identifier is there already.
    func insert(into database: Database) throws -> Bool {
        let statement = try FastStatement(
            database,
            """
            INSERT INTO packet (sequence, id, organization, device, platform, protection, payload,
                counter, sequence_number, f_port, received_at, clock_quality, boot, monotonic,
                gateway, rssi, snr, frequency, data_rate, latitude, longitude, altitude, accuracy,
                checksum)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """)
        statement.bind(sequence, at: 1)
        statement.bind(packet.id.bytes, at: 2)
        statement.bind(packet.device.organization, at: 3)
        statement.bind(packet.device.row, at: 4)
        statement.bind(Int64(packet.platform.rawValue), at: 5)
        statement.bind(Int64(packet.protection.rawValue), at: 6)
        statement.bind(packet.payload, at: 7)
        statement.bind(packet.counter.map(Int64.init), at: 8)
        statement.bind(packet.sequenceNumber.map(Int64.init), at: 9)
        statement.bind(packet.fPort.map(Int64.init), at: 10)
        statement.bind(packet.receivedAt.wall.microseconds, at: 11)
        statement.bind(Int64(packet.clockQuality.rawValue), at: 12)
        statement.bind(boot, at: 13)
        statement.bind(monotonic, at: 14)
        statement.bind(gateway, at: 15)
        statement.bind(first.rssi.map { Int64($0.dBm) }, at: 16)
        statement.bind(first.snr, at: 17)
        statement.bind(first.frequency.map(Int64.init), at: 18)
        statement.bind(first.dataRate, at: 19)
        statement.bind(first.location?.latitude, at: 20)
        statement.bind(first.location?.longitude, at: 21)
        statement.bind(first.location?.altitude, at: 22)
        statement.bind(first.location?.accuracy, at: 23)
        statement.bind(checksum, at: 24)
        return try statement.run() == 1
    }

    private var monotonic: Int64 { Int64(clamping: packet.receivedAt.monotonic.nanoseconds) }

    private var checksum: Int64 {
        PacketChecksum.of(
            id: packet.id, device: packet.device.row, payload: packet.payload,
            numbers: (
                sequence, packet.counter.map(Int64.init), packet.sequenceNumber.map(Int64.init),
                packet.receivedAt.wall.microseconds, gateway, first.rssi.map { Int64($0.dBm) }
            ))
    }
}

/// The checksum of a `packet` row: identity, payload and the columns that a reader is served.
enum PacketChecksum {
    typealias Numbers = (
        sequence: Int64, counter: Int64?, sequenceNumber: Int64?, receivedAt: Int64, gateway: Int64,
        rssi: Int64?
    )

    static func of(id: UniqueID, device: Int64, payload: [UInt8], numbers: Numbers) -> Int64 {
        var sum = RowChecksum()
        sum.add(Int64(bitPattern: id.high))
        sum.add(Int64(bitPattern: id.low))
        sum.add(device)
        sum.add(payload)
        sum.add(numbers.sequence)
        sum.add(numbers.counter)
        sum.add(numbers.sequenceNumber)
        sum.add(numbers.receivedAt)
        sum.add(numbers.gateway)
        sum.add(numbers.rssi)
        return sum.value
    }
}
