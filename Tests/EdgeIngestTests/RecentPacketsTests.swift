import EdgeModel
import EdgeStore
import Testing

@testable import EdgeIngest

@Suite struct `packets heard lately` {
    private func id(_ number: UInt64) -> UniqueID { UniqueID(high: 7, low: number) }

    private func reception(
        _ gateway: String = "a", at second: Int64 = 10, rssi: Int = -80, count: Int = 1
    ) -> Reception {
        let at = Timestamp(seconds: second)
        return Reception(
            gateway: GatewayID(gateway), firstAt: at, lastAt: at, count: count, rssi: RSSI(dBm: rssi))
    }

    private func packets(_ capacity: Int, holding numbers: ClosedRange<UInt64>) -> RecentPackets {
        var recent = RecentPackets(capacity: capacity)
        for number in numbers { _ = recent.insert(id(number), .init(reception())) }
        return recent
    }

    @Test func `beyond the capacity the oldest is forgotten, however often it goes round`() {
        let recent = packets(4, holding: 1...14)
        #expect((1...14).filter { recent[id($0)] != nil } == [11, 12, 13, 14])
    }

    @Test func `what is forgotten with something unwritten is handed out`() {
        var recent = packets(2, holding: 1...2)
        recent.stored(id(1), sequence: 11, written: [reception()], known: [])
        let isHere = recent.merge(reception(at: 20), into: id(1))
        #expect(isHere)
        let forgotten = recent.insert(id(3), .init(reception()))
        #expect(forgotten?.packet == 11)
        #expect(forgotten?.receptions.map(\.count) == [2])
        let isKnown = recent.merge(reception(), into: id(1))
        #expect(!isKnown)
    }

    @Test func `a packet that comes again after it was forgotten outlives the place it had`() {
        var recent = packets(3, holding: 1...2)
        recent.forget(id(1))
        _ = recent.insert(id(1), .init(reception("b")))
        _ = recent.insert(id(4), .init(reception()))
        #expect(recent[id(1)]?.heardBy.receptions.first?.gateway == GatewayID("b"))
        #expect(recent[id(4)] != nil)
    }

    @Test func `one gateway is one reception, with the radio of the strongest`() {
        var recent = packets(2, holding: 1...1)
        var strong = reception(at: 5, rssi: -40)
        strong.snr = 9
        for one in [strong, reception(at: 30, rssi: -90), reception("b", at: 7)] {
            _ = recent.merge(one, into: id(1))
        }
        let merged = recent[id(1)]?.heardBy.receptions ?? []
        #expect(merged.map(\.gateway.rawValue) == ["a", "b"])
        #expect(merged.first?.count == 3)
        #expect(merged.first?.snr == 9)
        #expect(merged.first?.firstAt == Timestamp(seconds: 5))
        #expect(merged.first?.lastAt == Timestamp(seconds: 30))
    }

    @Test func `more gateways than the limit are not told apart`() {
        var recent = packets(2, holding: 1...1)
        for number in 0..<100 { _ = recent.merge(reception("g\(number)"), into: id(1)) }
        #expect(recent[id(1)]?.heardBy.receptions.count == HeardBy.limit)
    }

    @Test func `another gateway is urgent, a repeat only waits`() {
        var recent = packets(4, holding: 1...3)
        for number in UInt64(1)...3 {
            recent.stored(id(number), sequence: Int64(number), written: [reception()], known: [])
        }
        _ = recent.merge(reception(), into: id(1))
        _ = recent.merge(reception("b"), into: id(2))
        #expect(recent.takeUrgent().map(\.packet) == [2])
        #expect(recent.takeUrgent().isEmpty)
        #expect(recent.takeAll().map(\.packet) == [1])
        #expect(recent.takeAll().isEmpty)
    }

    @Test func `a packet takes no more than 144 bytes`() {
        #expect(MemoryLayout<RecentPackets.Entry>.stride + MemoryLayout<UniqueID>.stride <= 144)
    }
}
