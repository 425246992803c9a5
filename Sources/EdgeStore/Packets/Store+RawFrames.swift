package import EdgeModel
import GRDB

/// A raw frame in the store.
package struct KeptFrame: Sendable {
    package var key: Int64
    package var frame: RawFrame
    /// The boot that the monotonic time of the reception belongs to.
    package var boot: Int64
    /// When it was heard last.
    package var lastAt: Timestamp
}

extension Store {
    /// The frames that name a sender of `kind` by one of `lookups`; at most `limit`.
    package func rawFrames(kind: RawFrame.Kind, lookups: [UInt64], limit: Int) async throws -> [KeptFrame] {
        try await read { [self] database in
            let reader = PacketReader(database, gatewayNames)
            let statement = try FastStatement(
                database,
                """
                SELECT r.key, r.kind, r.lookup, r.frame, r.gateway, r.first_at, r.last_at, r.count,
                    r.clock_quality, r.boot, r.monotonic, r.rssi, r.snr, r.frequency, r.data_rate,
                    r.latitude, r.longitude
                FROM rawFrame r WHERE r.kind = ? AND r.lookup = ? ORDER BY r.key LIMIT ?
                """)
            var frames: [KeptFrame] = []
            for lookup in lookups where frames.count < limit {
                statement.bind(Int64(kind.rawValue), at: 1)
                statement.bind(Int64(bitPattern: lookup), at: 2)
                statement.bind(Int64(limit - frames.count), at: 3)
                while try statement.next() { frames.append(try Self.frame(statement, kind, lookup, reader)) }
            }
            return frames
        }
    }

    /// The lookups for which frames of `kind` are kept, ascending, after `lookup`; at most `limit`.
    package func rawFrameLookups(kind: RawFrame.Kind, limit: Int) async throws -> Set<UInt64> {
        try await read { database in
            let values = try Int64.fetchAll(
                database, sql: "SELECT DISTINCT lookup FROM rawFrame WHERE kind = ? LIMIT ?",
                arguments: [kind.rawValue, limit])
            return Set(values.map(UInt64.init(bitPattern:)))
        }
    }

    package func rawFrameCount() async throws -> Int {
        try await read { try Int.fetchOne($0, sql: "SELECT count(*) FROM rawFrame") ?? 0 }
    }

    private static func frame(
        _ row: FastStatement, _ kind: RawFrame.Kind, _ lookup: UInt64, _ reader: PacketReader
    ) throws -> KeptFrame {
        let time = ClockReading(
            wall: Timestamp(microseconds: row.int(5)),
            monotonic: MonotonicInstant(nanoseconds: UInt64(clamping: row.int(10))))
        var location: Location?
        if let latitude = row.doubleIfAny(15), let longitude = row.doubleIfAny(16) {
            location = Location(latitude: latitude, longitude: longitude)
        }
        let sighting = Sighting(
            gateway: try reader.gateway(row.int(4)), receivedAt: time,
            rssi: row.intIfAny(11).flatMap { RSSI(dBm: Int($0)) },
            frame: kind.isHubble
                ? .hubble(serviceData: row.bytes(3))
                : .lorawan(
                    phyPayload: row.bytes(3),
                    LoRaReception(
                        frequency: row.intIfAny(13).flatMap { UInt32(exactly: $0) } ?? 0,
                        dataRate: row.textIfAny(14) ?? "", snr: row.doubleIfAny(12),
                        counterMicroseconds: 0)),
            location: location)
        return KeptFrame(
            key: row.int(0),
            frame: RawFrame(
                kind: kind, lookup: lookup, sighting: sighting,
                clockQuality: ClockQuality(rawValue: Int(row.int(8))) ?? .none, count: Int(row.int(7))),
            boot: row.int(9), lastAt: Timestamp(microseconds: row.int(6)))
    }
}

extension RawFrame.Kind {
    var isHubble: Bool { rawValue < RawFrame.Kind.lorawanData.rawValue }
}
