import EdgeModel
import EdgeTestSupport

/// What the simulation needs of a gateway's disk.
protocol SimulatedGateway {
    var epoch: UniqueID { get }
    var lastSequence: Int64 { get }
    /// Stores packets with these identifiers.
    mutating func ingest(_ ids: [UInt64]) async throws
    /// The rows from the beginning of the range, at most `limit`.
    func batch(_ range: ClosedRange<Int64>, limit: Int) async throws -> SyncBatch
    func fingerprints(_ range: ClosedRange<Int64>) async throws -> [Int64: UInt32]
    mutating func renewEpoch() async throws
    /// What changed of rows that may have been sent, after a mark; and how far that goes.
    func updates(after mark: Int64, arrived: SequenceRanges, limit: Int) async throws -> (
        updates: [SyncUpdate], through: Int64
    )
    /// Every packet that is stored.
    func contents() async throws -> Set<UInt64>
    /// Both clocks go on.
    func pass(_ time: Duration)
    /// Somebody sets the wall clock; nil for the true time.
    func setClock(_ wall: Timestamp?) async throws
    /// The power fails while these are being stored: what was stored before is there afterwards, or the
    /// disk has lied.
    mutating func losePower(storing ids: [UInt64], _ random: inout SeededGenerator) async throws
    /// Packets that were dated, with what their time is worth.
    func dates() async throws -> [UInt64: Dated]
}

/// The time of a packet.
struct Dated: Hashable {
    var at: Timestamp
    var quality: ClockQuality
}

/// What the simulation needs of a central's disk.
protocol SimulatedCentral {
    func answer(_ epoch: UniqueID, from gateway: GatewayID) async throws -> SyncAnswer
    func fingerprints(_ range: ClosedRange<Int64>, of epoch: UniqueID, from gateway: GatewayID) async throws
        -> SyncFingerprints
    mutating func receive(_ batch: SyncBatch, from gateway: GatewayID) async throws -> SyncAnswer
    /// Every packet that is stored; throws when one is there twice.
    func contents() async throws -> Set<UInt64>
    /// The power fails while a batch is being stored: nobody hears of it again.
    mutating func losePower(
        receiving batch: SyncBatch, from gateway: GatewayID, _ random: inout SeededGenerator) async throws
    func dates() async throws -> [UInt64: Dated]
}

/// A gateway's disk in memory. Copies are backups.
struct GatewayValue: SimulatedGateway {
    var epoch: UniqueID
    var rows: [UInt64] = []
    var generator: any RandomNumberGenerator & Sendable

    var lastSequence: Int64 { Int64(rows.count) }

    mutating func ingest(_ ids: [UInt64]) { rows += ids }

    func batch(_ range: ClosedRange<Int64>, limit: Int) -> SyncBatch {
        let last = min(range.upperBound, lastSequence, range.lowerBound + Int64(limit) - 1)
        guard range.lowerBound <= last else {
            return SyncBatch(epoch: epoch, range: range.lowerBound...range.lowerBound)
        }
        let settled = range.lowerBound...last
        return SyncBatch(epoch: epoch, range: settled, packets: settled.map(packet))
    }

    func fingerprints(_ range: ClosedRange<Int64>) -> [Int64: UInt32] {
        range.reduce(into: [:]) { if $1 <= lastSequence { $0[$1] = packet($1).fingerprint } }
    }

    mutating func renewEpoch() { epoch = .random(using: &generator) }

    func updates(after mark: Int64, arrived: SequenceRanges, limit: Int) -> (
        updates: [SyncUpdate], through: Int64
    ) { ([], mark) }

    func contents() -> Set<UInt64> { Set(rows) }

    /// This disk says that it has synced and has not: it may lose rows that it confirmed, and mostly its
    /// mark outside tells.
    mutating func losePower(storing ids: [UInt64], _ random: inout SeededGenerator) {
        let lost = min(rows.count, Int.random(in: 0...6, using: &random))
        rows.removeLast(lost)
        if lost > 0, Int.random(in: 0..<10, using: &random) < 7 { renewEpoch() }
    }

    // Its rows have no times.
    func pass(_ time: Duration) {}
    func setClock(_ wall: Timestamp?) {}
    func dates() -> [UInt64: Dated] { [:] }

    private func packet(_ sequence: Int64) -> SyncPacket {
        SimulatedPackets.packet(rows[Int(sequence) - 1], sequence: sequence)
    }
}

/// A central's disk in memory, with the rules of the store. Copies are backups.
struct CentralValue: SimulatedCentral {
    private struct History {
        var received = SequenceRanges()
        var fingerprints: [Int64: UInt32] = [:]
    }

    private struct Name: Hashable {
        var gateway: GatewayID
        var epoch: UniqueID
    }

    private var histories: [Name: History] = [:]
    private var packets: Set<UInt64> = []
    /// As it was before the last batch: what a disk that lies goes back to.
    private var before: (histories: [Name: History], packets: Set<UInt64>)?

    func answer(_ epoch: UniqueID, from gateway: GatewayID) -> SyncAnswer {
        answer(epoch, histories[Name(gateway: gateway, epoch: epoch)] ?? History(), conflicts: 0)
    }

    func fingerprints(_ range: ClosedRange<Int64>, of epoch: UniqueID, from gateway: GatewayID)
        -> SyncFingerprints
    {
        let known = histories[Name(gateway: gateway, epoch: epoch)]?.fingerprints ?? [:]
        return SyncFingerprints(
            first: range.lowerBound, firstKnown: 1, values: range.map { known[$0] ?? 0 })
    }

    mutating func losePower(
        receiving batch: SyncBatch, from gateway: GatewayID, _ random: inout SeededGenerator
    ) throws {
        if Bool.random(using: &random) { _ = try receive(batch, from: gateway) }
        if let before, Bool.random(using: &random) { (histories, packets) = before }
        before = nil
    }

    func dates() -> [UInt64: Dated] { [:] }

    mutating func receive(_ batch: SyncBatch, from gateway: GatewayID) throws -> SyncAnswer {
        before = (histories, packets)
        let name = Name(gateway: gateway, epoch: batch.epoch)
        var history = histories[name] ?? History()
        if let range = batch.range { history.received.insert(range) }
        guard history.received.ranges.count <= SequenceRanges.limit else {
            throw EdgeError(.conflict, "too many gaps")
        }
        var conflicts = 0
        for packet in batch.packets {
            packets.insert(packet.id.low)
            let known = history.fingerprints[packet.sequence]
            if let known, known != packet.fingerprint {
                conflicts += 1
            } else {
                history.fingerprints[packet.sequence] = packet.fingerprint
            }
        }
        histories[name] = history
        return answer(batch.epoch, history, conflicts: conflicts)
    }

    func contents() -> Set<UInt64> { packets }

    private func answer(_ epoch: UniqueID, _ history: History, conflicts: Int) -> SyncAnswer {
        let witness = history.fingerprints.max { $0.key < $1.key }.map {
            SyncAnswer.Witness(sequence: $0.key, fingerprint: $0.value)
        }
        return SyncAnswer(
            epoch: epoch, received: history.received, witness: witness, conflicts: conflicts,
            delayMilliseconds: 1_000, registryRevision: 0)
    }
}

enum SimulatedPackets {
    static let devEUI = EUI64(rawValue: 0x70B3_D500_0000_0001)
    static let beginning = Timestamp(seconds: 1_772_366_400)

    static func packet(_ id: UInt64, sequence: Int64) -> SyncPacket {
        let at = beginning.advanced(byMicroseconds: Int64(id) * 1_000)
        return SyncPacket(
            sequence: sequence, id: UniqueID(high: 5, low: id), devEUI: devEUI, platform: .ble,
            protection: .decrypted, payload: Array("packet \(id)".utf8), counter: nil,
            sequenceNumber: UInt32(truncatingIfNeeded: id), fPort: nil, receivedAt: at, clockQuality: .saved,
            receptions: [
                Reception(
                    gateway: GatewayID("radio"), firstAt: at, lastAt: at, count: 1, rssi: RSSI(dBm: -60))
            ])
    }
}
