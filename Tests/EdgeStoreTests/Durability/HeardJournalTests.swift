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
            clockQuality: number == 3 ? .none : .synchronised)
    }

    private static let entries = (0..<4).map(entry)

    private func withFile(_ body: (String) async throws -> Void) async throws {
        try await TemporaryDirectory.with { try await body($0.path + "/heard") }
    }

    private func remains(_ path: String) throws -> HeardJournal.Remains {
        try HeardJournal(path: path, boot: 99).takeRemains()
    }

    @Test func `what was appended is there for the next run, with the run that heard it, once`() async throws
    {
        try await withFile { path in
            let journal = try HeardJournal(path: path, boot: 7)
            #expect(journal.takeRemains().boot == nil)
            #expect(try journal.append(Array(Self.entries.prefix(1))))
            #expect(try journal.append(Array(Self.entries.dropFirst())))
            try await journal.sync()
            let next = try HeardJournal(path: path, boot: 8)
            let found = next.takeRemains()
            #expect(found.entries == Self.entries)
            #expect(found.boot == 7)
            #expect(next.takeRemains().entries.isEmpty)
        }
    }

    @Test func `what was committed is not there any more, and nothing older comes back`() async throws {
        try await withFile { path in
            let journal = try HeardJournal(path: path, boot: 7)
            #expect(try journal.append(Self.entries))
            try journal.clear()
            #expect(try remains(path).entries.isEmpty)
            // Shorter than what was there: the records behind it are of another generation.
            #expect(try journal.append([Self.entry(5)]))
            #expect(try remains(path).entries == [Self.entry(5)])
        }
    }

    @Test func `reading ends at the first record that is not whole, wherever it is damaged`() async throws {
        try await withFile { path in
            let journal = try HeardJournal(path: path, boot: 7)
            var ends: [Int] = [64]
            for entry in Self.entries {
                #expect(try journal.append([entry]))
                let length = try #require(JournalRecord(entry.sighting, entry.clockQuality)).bytes.count
                ends.append(ends.last! + 8 + length)
            }
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for place in 64..<ends.last! {
                var damaged = whole
                damaged[place] ^= 0x10
                try damaged.write(to: URL(fileURLWithPath: path))
                let expected = ends.lastIndex { $0 <= place } ?? 0
                #expect(try remains(path).entries == Array(Self.entries.prefix(expected)), "byte \(place)")
            }
            for place in 0..<36 {
                var damaged = whole
                damaged[place] ^= 0x10
                try damaged.write(to: URL(fileURLWithPath: path))
                #expect(try remains(path).entries.isEmpty, "byte \(place)")
            }
        }
    }

    @Test func `a file that was cut, or is of something else, is made anew`() async throws {
        try await withFile { path in
            for bytes in [Data(), Data("holdfast-heard-1".utf8), Data(repeating: 0xFF, count: 300_000)] {
                try bytes.write(to: URL(fileURLWithPath: path))
                let journal = try HeardJournal(path: path, boot: 7)
                #expect(journal.takeRemains().entries.isEmpty)
                #expect(try journal.append(Self.entries))
                #expect(try remains(path).entries == Self.entries)
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }

    @Test func `it takes as much as it has room for, and all or nothing of a batch`() async throws {
        try await withFile { path in
            let journal = try HeardJournal(path: path, boot: 7)
            let batch = (0..<100).map { Self.entry(2 * $0 + 1) }
            var taken = 0
            while try journal.append(batch) { taken += batch.count }
            #expect(taken >= 2_000)
            #expect(try remains(path).entries.count == taken)
            try journal.clear()
            #expect(try journal.append(batch))
        }
    }
}
