import EdgeModel
package import EdgeStore
package import Logging
import ServiceLifecycle

/// Gives packets to the codecs of their devices, right after they were stored: recording never waits for
/// a codec, and a codec that fails costs no packet.
///
/// Follows the ingest sequence with a cursor that is written with the results, so that a packet is
/// decoded once, also over a restart. A packet is decoded with the codec that its device has then;
/// another codec is for the packets that come later.
package struct DecodingService: Service {
    private let store: Store
    private let engine: CodecEngine
    private let logger: Logger

    /// Packets that are looked at in one go.
    static let batchLimit = 500
    private static let pause = Duration.seconds(1)
    /// What is passed over without being written.
    private static let cursorSlack: Int64 = 10_000

    package init(store: Store, engine: CodecEngine, logger: Logger) {
        self.store = store
        self.engine = engine
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.follow() }
        try await gracefulShutdown()
    }

    private func follow() async {
        var position: Position?
        var isInTrouble = false
        while !Task.isCancelled {
            // Looked at first, so that no change falls between the looks and the waiting.
            let seen = store.changes.count
            do {
                var current = try await start(position)
                let hasMore = try await step(&current)
                position = current
                isInTrouble = false
                if !hasMore { await store.changes.wait(after: seen) }
            } catch {
                guard !Task.isCancelled else { return }
                if !isInTrouble {
                    logger.error("packets wait for their codecs", metadata: ["error": "\(error)"])
                }
                isInTrouble = true
                // Webhooks do not wait meanwhile.
                store.noteDecoded(through: .max)
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    private struct Position {
        var sequence: Int64
        /// What of it is written.
        var written: Int64
    }

    private func start(_ position: Position?) async throws -> Position {
        if let position { return position }
        let cursor = try await store.decodingCursor()
        return Position(sequence: cursor, written: cursor)
    }

    /// True when more may wait.
    private func step(_ position: inout Position) async throws -> Bool {
        let last = store.lastSequence
        guard position.sequence < last else {
            store.noteDecoded(through: position.sequence)
            return false
        }
        var decodings: [PacketDecoding] = []
        if store.hasCodecs {
            let found = try await store.undecoded(
                after: position.sequence, through: last, limit: Self.batchLimit)
            decodings = try await engine.decode(found.packets, from: store)
            position.sequence = found.through
        } else {
            position.sequence = last
        }
        if !decodings.isEmpty || position.sequence - position.written > Self.cursorSlack {
            try await store.record(decodings, through: position.sequence)
            position.written = position.sequence
        }
        store.noteDecoded(through: position.sequence)
        return position.sequence < store.lastSequence
    }
}

extension CodecEngine {
    /// What their codecs make of packets. Those whose codec is gone meanwhile are left out.
    package func decode(_ packets: [UndecodedPacket], from store: Store) async throws -> [PacketDecoding] {
        guard !packets.isEmpty else { return [] }
        let groups = Dictionary(grouping: packets, by: \.codec)
        let codecs = try await store.codecs(Set(groups.keys))
        var decodings: [PacketDecoding] = []
        for (id, group) in groups {
            guard let codec = codecs[id] else { continue }
            let made = try await decode(group.map(\.input), with: codec)
            for (packet, decoding) in zip(group, made) {
                decodings.append(
                    PacketDecoding(
                        sequence: packet.sequence, codec: id, revision: codec.revision, decoding: decoding))
            }
        }
        return decodings
    }
}
