import Crypto
import EdgeModel
import FoundationEssentials
import GRDB

/// One row of `rawFrame`: a frame that no key opened, kept once however often it is heard.
struct RawFrameRow {
    let frame: RawFrame
    let boot: Int64
    let gateway: Int64

    func insertOrCount(in database: Database) throws {
        let sighting = frame.sighting
        let (bytes, reception) = sighting.frame.parts
        let statement = try FastStatement(
            database,
            """
            INSERT INTO rawFrame (digest, kind, lookup, frame, gateway, first_at, last_at, count,
                clock_quality, boot, monotonic, rssi, snr, frequency, data_rate, latitude, longitude)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            ON CONFLICT (digest) DO UPDATE SET count = count + ?7, last_at = max(last_at, ?6)
            """)
        statement.bind(Self.digest(of: bytes), at: 1)
        statement.bind(Int64(frame.kind.rawValue), at: 2)
        statement.bind(Int64(bitPattern: frame.lookup), at: 3)
        statement.bind(bytes, at: 4)
        statement.bind(gateway, at: 5)
        statement.bind(sighting.receivedAt.wall.microseconds, at: 6)
        statement.bind(Int64(frame.count), at: 7)
        statement.bind(Int64(frame.clockQuality.rawValue), at: 8)
        statement.bind(boot, at: 9)
        statement.bind(Int64(clamping: sighting.receivedAt.monotonic.nanoseconds), at: 10)
        statement.bind(sighting.rssi.map { Int64($0.dBm) }, at: 11)
        statement.bind(reception?.snr, at: 12)
        statement.bind(reception.map { Int64($0.frequency) }, at: 13)
        statement.bind(reception?.dataRate, at: 14)
        statement.bind(sighting.location?.latitude, at: 15)
        statement.bind(sighting.location?.longitude, at: 16)
        _ = try statement.run()
    }

    func isKept(in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT 1 FROM rawFrame WHERE digest = ?"),
            arguments: [Data(Self.digest(of: frame.sighting.frame.parts.bytes))]) ?? false
    }

    /// Half of a SHA-256 tells frames apart.
    private static func digest(of bytes: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: bytes).prefix(16))
    }
}

extension Sighting.Frame {
    /// The bytes, and what a LoRa concentrator says of them.
    var parts: (bytes: [UInt8], reception: LoRaReception?) {
        switch self {
        case .hubble(let serviceData): (serviceData, nil)
        case .lorawan(let phyPayload, let reception): (phyPayload, reception)
        }
    }
}
