import EdgeModel
import Testing

@Suite struct ChannelCountsTests {
    @Test func `channels are counted apart, and beyond the limit together`() {
        var counts = ChannelCounts()
        for number in 0..<UInt32(ChannelCounts.limit) + 10 {
            counts.add(.init(frequency: 868_000_000 + number, dataRate: "SF7BW125"))
        }
        counts.add(.init(frequency: 868_000_000, dataRate: "SF7BW125"))
        counts.add(.init(frequency: 868_000_000, dataRate: "SF12BW125"))
        #expect(counts.counts.count == ChannelCounts.limit)
        #expect(counts.sorted.first?.packets == 2)
        #expect(counts.others == 11)
    }
}
