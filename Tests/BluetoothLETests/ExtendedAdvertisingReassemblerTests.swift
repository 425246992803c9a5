import BluetoothLE
import Testing

@Suite struct ExtendedAdvertisingReassemblerTests {
    @Test func `fragments of two advertisers interleave`() {
        var reassembler = ExtendedAdvertisingReassembler()
        #expect(reassembler.add(Samples.extendedReport(1, status: .moreToCome, data: [1, 2])) == nil)
        #expect(reassembler.add(Samples.extendedReport(2, status: .moreToCome, data: [9])) == nil)
        #expect(reassembler.add(Samples.extendedReport(1, status: .moreToCome, data: [3])) == nil)
        let second = reassembler.add(Samples.extendedReport(2, data: [8]))
        let first = reassembler.add(Samples.extendedReport(1, data: [4]))
        #expect(second.map { Array($0.data.bytes) } == [9, 8])
        #expect(first.map { Array($0.data.bytes) } == [1, 2, 3, 4])
        #expect(reassembler.dropped == 0)
    }

    @Test func `two sets of one advertiser are kept apart by SID`() {
        var reassembler = ExtendedAdvertisingReassembler()
        #expect(reassembler.add(Samples.extendedReport(1, status: .moreToCome, sid: 1, data: [1])) == nil)
        #expect(reassembler.add(Samples.extendedReport(1, sid: 2, data: [2]))?.data.bytes == [2])
        #expect(reassembler.add(Samples.extendedReport(1, sid: 1, data: [3]))?.data.bytes == [1, 3])
    }

    @Test func `a whole report passes untouched`() {
        var reassembler = ExtendedAdvertisingReassembler()
        #expect(reassembler.add(Samples.extendedReport(1)) == Samples.extendedReport(1))
    }

    @Test func `what the controller truncated is dropped and counted`() {
        var reassembler = ExtendedAdvertisingReassembler()
        #expect(reassembler.add(Samples.extendedReport(1, status: .moreToCome, data: [1])) == nil)
        #expect(reassembler.add(Samples.extendedReport(1, status: .truncated, data: [2])) == nil)
        #expect(reassembler.dropped == 1)
        #expect(reassembler.add(Samples.extendedReport(1, data: [3]))?.data.bytes == [3])
    }

    @Test func `the oldest advertisement gives way when all places are taken`() {
        var reassembler = ExtendedAdvertisingReassembler(maximumChains: 2)
        for number: UInt8 in 1...3 {
            _ = reassembler.add(Samples.extendedReport(number, status: .moreToCome, data: [number]))
        }
        #expect(reassembler.dropped == 1)
        #expect(reassembler.add(Samples.extendedReport(1, data: [0]))?.data.bytes == [0])
        #expect(reassembler.add(Samples.extendedReport(2, data: [0]))?.data.bytes == [2, 0])
        #expect(reassembler.add(Samples.extendedReport(3, data: [0]))?.data.bytes == [3, 0])
    }

    @Test func `an advertisement beyond 1650 bytes is dropped and counted`() {
        var reassembler = ExtendedAdvertisingReassembler()
        let fragment = [UInt8](repeating: 0, count: 229)
        for _ in 0..<7 {
            _ = reassembler.add(Samples.extendedReport(1, status: .moreToCome, data: fragment))
        }
        #expect(reassembler.add(Samples.extendedReport(1, data: fragment)) == nil)
        #expect(reassembler.dropped == 1)
    }
}
