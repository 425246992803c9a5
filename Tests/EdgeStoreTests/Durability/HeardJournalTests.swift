import EdgeModel
import Foundation
import GatewayTestSupport
import Testing

@testable import EdgeStore

@Suite struct HeardJournalTests {
    private static func entry(_ number: Int) -> HeardJournal.Entry {
        let time = ClockReading(
            wall: Timestamp(microseconds: 1_700_000_000_000_000 + Int64(number)),
            monotonic: MonotonicInstant(nanoseconds: UInt64(number) * 1_000))
        let place = Location(latitude: 52.5, longitude: 13.4, altitude: number == 2 ? 34 : nil)
        let frame: Sighting.Frame =
            number.isMultiple(of: 2)
            ? .hubble(serviceData: [0xA6, 0xFC, UInt8(truncatingIfNeeded: number)])
            : .lorawan(
                phyPayload: Array(repeating: UInt8(truncatingIfNeeded: number), count: 23),
                LoRaReception(
                    frequency: 868_300_000, dataRate: "SF9BW125", snr: number == 1 ? -7.5 : nil,
                    counterMicroseconds: 0, hasCounter: false))
        return HeardJournal.Entry(
            sighting: Sighting(
                gateway: GatewayID(number == 0 ? "edge-host-hci0" : "lora-0016c001ff10a1b2"),
                receivedAt: time, rssi: number == 0 ? nil : RSSI(dBm: -100 + number), frame: frame,
                location: number == 2 ? place : nil),
            clockQuality: number == 3 ? .none : .synchronised, boot: 7)
    }

    private static let entries = (0..<4).map(entry)

    private func withFile(_ body: (String) async throws -> Void) async throws {
        try await TemporaryDirectory.with { try await body($0.path + "/heard") }
    }

    private func remains(_ path: String, committed: Int64 = 0) throws -> HeardJournal.Remains {
        try HeardJournal(path: path, boot: 99, committed: committed).takeRemains()
    }

    @Test func `what was appended is there for the next run, with the run that heard it, once`() async throws
    {
        try await withFile { path in
            let journal = try HeardJournal(path: path, boot: 7, committed: 0)
            #expect(journal.takeRemains().entries.isEmpty)
            #expect(try journal.append(Array(Self.entries.prefix(1))))
            #expect(try journal.append(Array(Self.entries.dropFirst())))
            try await journal.sync()
            let next = try HeardJournal(path: path, boot: 8, committed: 0)
            let found = next.takeRemains()
            #expect(found.entries == Self.entries)
            #expect(next.takeRemains().entries.isEmpty)
        }
    }

    @Test func `what was committed is not there any more, and nothing older comes back`() async throws {
        try await withFile { path in
            let journal = try HeardJournal(path: path, boot: 7, committed: 0)
            #expect(journal.used == nil)
            #expect(try journal.append(Self.entries))
            let generation = try #require(journal.used)
            // The database says so; the file may be as it was.
            #expect(try remains(path, committed: generation).entries.isEmpty)
            journal.committed(generation)
            #expect(journal.used == nil)
            // Shorter than what was there: the records behind it are of another generation.
            #expect(try journal.append([Self.entry(5)]))
            let found = try remains(path, committed: generation)
            #expect(found.entries == [Self.entry(5)])
            #expect(found.damages == 0)
        }
    }

    @Test func `what was left stays until it is committed, and more goes behind it`() async throws {
        try await withFile { path in
            let first = try HeardJournal(path: path, boot: 7, committed: 0)
            #expect(try first.append(Self.entries))
            let next = try HeardJournal(path: path, boot: 8, committed: 0)
            #expect(next.takeRemains().entries.count == 4)
            #expect(next.used == first.used)
            var late = Self.entry(6)
            late.boot = nil
            #expect(try next.append([late]))
            late.boot = 8
            #expect(try remains(path).entries == Self.entries + [late])
        }
    }

    @Test func `one place that is damaged costs one record, and is counted`() async throws {
        try await withFile { path in
            let journal = try HeardJournal(path: path, boot: 7, committed: 0)
            var ends: [Int] = [JournalForm.headSize]
            for entry in Self.entries {
                #expect(try journal.append([entry]))
                let length = try #require(JournalRecord(entry, boot: 7)).bytes.count
                ends.append(ends.last! + 8 + length)
            }
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for place in 0..<ends.last! {
                var damaged = whole
                damaged[place] ^= 0x10
                try damaged.write(to: URL(fileURLWithPath: path))
                var expected = Self.entries
                let hit = ends.lastIndex { $0 <= place }
                if let hit { expected.remove(at: hit) }
                let found = try remains(path)
                #expect(found.entries == expected, "byte \(place)")
                // Behind a damaged last record there is none that tells.
                let isCounted = place % 64 < 28 && hit == nil || hit.map { $0 < 3 } ?? false
                #expect(found.damages == (isCounted ? 1 : 0), "byte \(place)")
            }
            // Both heads: the generation is the one that the database expects.
            var damaged = whole
            for place in 0..<JournalForm.headSize { damaged[place] = 0xFF }
            try damaged.write(to: URL(fileURLWithPath: path))
            try damaged.write(to: URL(fileURLWithPath: path))
            #expect(try remains(path).entries == Self.entries)
            #expect(try remains(path, committed: 1).entries.isEmpty)
        }
    }

    @Test func `a file that was cut keeps what is left of it`() async throws {
        try await withFile { path in
            #expect(try HeardJournal(path: path, boot: 7, committed: 0).append(Self.entries))
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            let length = try #require(JournalRecord(Self.entries[0], boot: 7)).bytes.count
            try whole.prefix(JournalForm.headSize + 8 + length + 9).write(to: URL(fileURLWithPath: path))
            let journal = try HeardJournal(path: path, boot: 7, committed: 0)
            #expect(journal.takeRemains().entries == Array(Self.entries.prefix(1)))
            #expect(try journal.append([Self.entry(5)]))
            #expect(try remains(path).entries == [Self.entries[0], Self.entry(5)])
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == HeardJournal.size)
        }
    }

    @Test func `a file that was cut, or is of something else, is made anew`() async throws {
        try await withFile { path in
            for bytes in [Data(), Data("holdfast-heard-2".utf8), Data(repeating: 0xFF, count: 300_000)] {
                try bytes.write(to: URL(fileURLWithPath: path))
                let journal = try HeardJournal(path: path, boot: 7, committed: 0)
                #expect(journal.takeRemains().entries.isEmpty)
                #expect(try journal.append(Self.entries))
                #expect(try remains(path).entries == Self.entries)
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }

    @Test func `it takes as much as it has room for, and all or nothing of a batch`() async throws {
        try await withFile { path in
            let journal = try HeardJournal(path: path, boot: 7, committed: 0)
            let batch = (0..<100).map { Self.entry(2 * $0 + 1) }
            var taken = 0
            while try journal.append(batch) { taken += batch.count }
            #expect(taken >= 2_000)
            #expect(try remains(path).entries.count == taken)
            journal.committed(try #require(journal.used))
            #expect(try journal.append(batch))
        }
    }
}
