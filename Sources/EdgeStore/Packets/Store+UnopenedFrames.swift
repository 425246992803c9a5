package import EdgeModel
import GRDB

extension Store {
    /// Frames that no key opened, in the order of their first reception; at most `query.limit`.
    package func unopenedFrames(_ query: UnopenedFrameQuery) async throws -> [UnopenedFrame] {
        try await read { [self] database in
            let reader = PacketReader(database, gatewayNames)
            let kinds = RawFrame.Kind.range(of: query.platform)
            let statement = try FastStatement(
                database,
                """
                SELECT digest, kind, frame, gateway, first_at, last_at, count, clock_quality, rssi, snr,
                    frequency, data_rate, latitude, longitude, key
                FROM rawFrame
                WHERE (first_at, key) > (?1, ?2) AND first_at < ?3 AND kind BETWEEN ?4 AND ?5
                ORDER BY first_at, key LIMIT ?6
                """)
            statement.bind(query.after.receivedAt.microseconds, at: 1)
            statement.bind(query.after.number, at: 2)
            statement.bind(query.before.microseconds, at: 3)
            statement.bind(Int64(kinds.lowerBound), at: 4)
            statement.bind(Int64(kinds.upperBound), at: 5)
            statement.bind(Int64(query.limit), at: 6)
            var frames: [UnopenedFrame] = []
            while try statement.next() { frames.append(try Self.unopenedFrame(statement, reader)) }
            return frames
        }
    }

    static func unopenedFrame(_ row: FastStatement, _ reader: PacketReader) throws -> UnopenedFrame {
        let firstAt = Timestamp(microseconds: row.int(4))
        var location: Location?
        if let latitude = row.doubleIfAny(12), let longitude = row.doubleIfAny(13) {
            location = Location(latitude: latitude, longitude: longitude)
        }
        let isHubble = row.int(1) < RawFrame.Kind.lorawanData.rawValue
        return UnopenedFrame(
            id: row.identifier(0) ?? UniqueID(high: 0, low: 0), platform: isHubble ? .ble : .lorawan,
            bytes: row.bytes(2), clockQuality: ClockQuality(rawValue: Int(row.int(7))) ?? .none,
            reception: Reception(
                gateway: try reader.gateway(row.int(3)), firstAt: firstAt,
                lastAt: Timestamp(microseconds: row.int(5)), count: Int(row.int(6)),
                rssi: row.intIfAny(8).flatMap { RSSI(dBm: Int($0)) }, snr: row.doubleIfAny(9),
                frequency: row.intIfAny(10).flatMap { UInt32(exactly: $0) }, dataRate: row.textIfAny(11),
                location: location),
            place: UnopenedFrame.Place(receivedAt: firstAt, number: row.int(14)))
    }
}

extension RawFrame.Kind {
    /// The raw values of the kinds that a platform's radios take.
    fileprivate static func range(of platform: Platform?) -> ClosedRange<Int> {
        switch platform {
        case .ble: hubbleCTR.rawValue...lorawanData.rawValue - 1
        case .lorawan: lorawanData.rawValue...lorawanOther.rawValue
        case nil: hubbleCTR.rawValue...lorawanOther.rawValue
        }
    }
}
