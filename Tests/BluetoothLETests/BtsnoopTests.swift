import BluetoothLE
import EdgeTestSupport
import Foundation
import Testing

@Suite struct BtsnoopTests {
    /// Public capture of legacy advertising, datalink 1002.
    static func capture() throws -> [UInt8] {
        [UInt8](try Vectors.data("captures/legacy-reports.btsnoop"))
    }

    static func records(_ file: [UInt8]) throws -> [BtsnoopRecord] {
        var reader = try BtsnoopReader(file[...])
        var records: [BtsnoopRecord] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    @Test func `a real capture gives 59 reports in 32 events, 27 of them with several`() throws {
        var reportCounts: [Int] = []
        for record in try Self.records(Self.capture()) where record.kind == .event {
            guard case .advertisingReports(let reports) = try HCIEvent(decoding: record.bytes) else {
                continue
            }
            let (readable, malformed) = outcomes(of: reports)
            #expect(malformed.isEmpty)
            reportCounts.append(readable.count)
        }
        #expect(reportCounts.count == 32)
        #expect(reportCounts.reduce(0, +) == 59)
        #expect(reportCounts.count { $0 > 1 } == 27)
    }

    @Test(arguments: BtsnoopDatalink.allCases)
    func `records survive being written and read`(datalink: BtsnoopDatalink) throws {
        let records = try Self.records(Self.capture())
        let writer = BtsnoopWriter(datalink: datalink)
        let file = records.reduce(writer.header) { $0 + writer.encode($1) }
        #expect(try Self.records(file) == records)
    }

    @Test func `a capture of H4 is written as it was read`() throws {
        let writer = BtsnoopWriter(datalink: .h4)
        let rewritten = try Self.records(Self.capture()).reduce(writer.header) { $0 + writer.encode($1) }
        #expect(try rewritten == Self.capture())
    }

    @Test func `timestamps are Unix time`() throws {
        let first = try #require(try Self.records(Self.capture()).first)
        // The capture was made on 14 October 2015.
        #expect(first.unixMicroseconds / 1_000_000 == 1_444_809_567)
    }

    @Test func `the adapter of a monitor record is kept`() throws {
        let writer = BtsnoopWriter(datalink: .monitor)
        let record = BtsnoopRecord(
            kind: .other(8), unixMicroseconds: 1, bytes: [1, 2], drops: 3, adapter: 2)
        #expect(try Self.records(writer.header + writer.encode(record)) == [record])
    }

    @Test func `every truncation of a capture is refused or ends between records`() throws {
        let capture = try Self.capture().prefix(600)
        for count in 0..<capture.count {
            let records = try? Self.records(Array(capture.prefix(count)))
            #expect((records?.count ?? 0) <= 20)
        }
    }

    @Test func `a header that is not ours is refused by name`() throws {
        let header = BtsnoopWriter(datalink: .h4).header
        func refusal(_ change: (inout [UInt8]) -> Void) -> MalformedBtsnoop? {
            var changed = header
            change(&changed)
            do throws(MalformedBtsnoop) {
                _ = try BtsnoopReader(changed[...])
                return nil
            } catch { return error }
        }
        #expect(refusal { $0[0] = 0 } == .notBtsnoop)
        #expect(refusal { $0[11] = 2 } == .unsupportedVersion)
        #expect(refusal { $0[15] = 0 } == .unsupportedDatalink)
        #expect(refusal { $0.removeLast() } == .truncated)
    }

    @Test func `a record longer than any packet is refused before it is read`() {
        let file =
            BtsnoopWriter(datalink: .h4).header + bytes(hex: "00020000 00020000")
            + [UInt8](repeating: 0, count: 16)
        #expect(throws: MalformedBtsnoop.recordTooLong) { try Self.records(file) }
    }
}
