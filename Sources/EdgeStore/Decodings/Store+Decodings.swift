package import EdgeModel
import GRDB
import Synchronization

/// A packet that waits for its codec.
package struct UndecodedPacket: Sendable {
    package var sequence: Int64
    package var codec: CodecID
    package var input: PayloadInput
}

/// What a codec made of a packet.
package struct PacketDecoding: Sendable {
    package var sequence: Int64
    package var codec: CodecID
    package var revision: Int
    package var decoding: Decoding

    package init(sequence: Int64, codec: CodecID, revision: Int, decoding: Decoding) {
        self.sequence = sequence
        self.codec = codec
        self.revision = revision
        self.decoding = decoding
    }
}

extension Store {
    private static let cursor = "decoded_through"
    /// How far back packets are looked for that are to be decoded again.
    package static let redecodingReach: Int64 = 100_000

    private static let waiting = """
        SELECT p.sequence, p.payload, p.f_port, p.received_at, coalesce(d.codec, f.codec)
        FROM packet p CROSS JOIN device d ON d.key = p.device
            LEFT JOIN deviceProfile f ON f.id = d.profile
        """

    /// Where decoding goes on; the newest packet at the first time. From here on webhooks wait a moment
    /// for it.
    package func decodingCursor() async throws -> Int64 {
        let known = try await read { database in
            try Int64.fetchOne(database, sql: "SELECT value FROM property WHERE name = '\(Self.cursor)'")
        }
        // A database that was restored may have lost what the cursor stands behind.
        return min(known ?? lastSequence, lastSequence)
    }

    /// Whether there is any codec that packets could wait for.
    package var hasCodecs: Bool { decodingProgress.hasCodecs.load(ordering: .acquiring) }

    /// Packets that have a codec among those above `after` and up to `through`: at most `limit` in their
    /// order, and up to where they were looked for.
    package func undecoded(after: Int64, through: Int64, limit: Int) async throws -> (
        packets: [UndecodedPacket], through: Int64
    ) {
        let end = min(through, after + Int64(limit))
        let packets = try await read { database in
            let statement = try FastStatement(
                database,
                "\(Self.waiting) WHERE p.sequence > ?1 AND p.sequence <= ?2 ORDER BY p.sequence")
            statement.bind(after, at: 1)
            statement.bind(end, at: 2)
            return try Self.packets(statement)
        }
        return (packets, end)
    }

    /// The newest packets, at most `limit`, of devices that have this codec now; newest first.
    package func decodable(with codec: CodecID, limit: Int) async throws -> [UndecodedPacket] {
        let first = lastSequence - Self.redecodingReach
        return try await read { database in
            let statement = try FastStatement(
                database,
                """
                \(Self.waiting) WHERE p.sequence > ?1 AND coalesce(d.codec, f.codec) = ?2
                ORDER BY p.sequence DESC LIMIT ?3
                """)
            statement.bind(first, at: 1)
            statement.bind(codec.rawValue, at: 2)
            statement.bind(Int64(limit), at: 3)
            return try Self.packets(statement)
        }
    }

    private static func packets(_ statement: FastStatement) throws -> [UndecodedPacket] {
        var packets: [UndecodedPacket] = []
        while try statement.next() {
            guard let codec = statement.textIfAny(4) else { continue }
            packets.append(
                UndecodedPacket(
                    sequence: statement.int(0), codec: CodecID(codec),
                    input: PayloadInput(
                        bytes: statement.bytes(1),
                        fPort: statement.intIfAny(2).flatMap { UInt8(exactly: $0) },
                        receivedAt: Timestamp(microseconds: statement.int(3)))))
        }
        return packets
    }

    /// Codecs by identifier, whoever owns them; those that are gone are left out.
    package func codecs(_ ids: Set<CodecID>) async throws -> [CodecID: Codec] {
        try await read { database in
            var found: [CodecID: Codec] = [:]
            for id in ids {
                let row = try Row.fetchOne(
                    database, sql: "\(CodecRow.select) WHERE c.id = ?", arguments: [id.rawValue])
                if let row { found[id] = CodecRow(row).codec }
            }
            return found
        }
    }

    /// Keeps what codecs made of packets that still are, over what was kept of them before; and the place
    /// to go on from, if there is one.
    package func record(_ decodings: [PacketDecoding], through: Int64?) async throws {
        try await write { database in
            let statement = try FastStatement(
                database,
                """
                INSERT OR REPLACE INTO packetDecoding (packet, codec, revision, data, warnings, errors)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM packet WHERE sequence = ?1)
                """)
            for each in decodings {
                statement.bind(each.sequence, at: 1)
                statement.bind(each.codec.rawValue, at: 2)
                statement.bind(Int64(each.revision), at: 3)
                statement.bind(each.decoding.data, at: 4)
                statement.bind(try Self.text(each.decoding.warnings), at: 5)
                statement.bind(try Self.text(each.decoding.errors), at: 6)
                _ = try statement.run()
            }
            if let through {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO property VALUES ('\(Self.cursor)', ?)", arguments: [through])
            }
        }
        if !decodings.isEmpty {
            decodingProgress.hasDecodings.store(true, ordering: .releasing)
            packetCache.forget(decodings.map(\.sequence))
        }
    }

    private static func text(_ messages: [String]) throws -> String? {
        messages.isEmpty ? nil : try JSONColumn.text(messages)
    }

    /// Said by who decodes: everything up to here is done.
    package func noteDecoded(through sequence: Int64) {
        decodingProgress.through.store(sequence, ordering: .releasing)
        decoded.raise()
    }

    /// Returns once everything up to `sequence` was given to its codec, and in any case after `longest`.
    package func waitForDecodings(through sequence: Int64, atMost longest: Duration) async {
        guard hasCodecs else { return }
        let deadline = ContinuousClock.now + longest
        while decodingProgress.through.load(ordering: .acquiring) < sequence {
            let seen = decoded.count
            guard decodingProgress.through.load(ordering: .acquiring) < sequence else { return }
            let left = deadline - ContinuousClock.now
            guard left > .zero, !Task.isCancelled else { return }
            await decoded.wait(after: seen, atMost: left)
        }
    }
}
