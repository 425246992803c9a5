import EdgeCore
import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct MetricsTests {
    /// 2024-03-15T10:30:00Z.
    private static let now = Timestamp(seconds: 1_710_498_600)

    @Test func `days end with the one that is running`() throws {
        let window = try MetricsWindow(daysBack: 3, interval: .day, now: Self.now)
        let midnight = Timestamp(seconds: 1_710_460_800)
        #expect(window.starts.last == midnight)
        #expect(window.starts.count == 3)
        #expect(window.place(of: Self.now) == 2)
        #expect(window.place(of: midnight.advanced(byMicroseconds: -1)) == 1)
        #expect(window.place(of: Timestamp(seconds: 1_710_460_800 - 2 * 86_400 - 1)) == nil)
    }

    @Test func `months have their own lengths`() throws {
        let window = try MetricsWindow(daysBack: 365, interval: nil, now: Self.now)
        #expect(window.interval == .month)
        #expect(window.starts.count == 13)
        // 2024-02-29.
        #expect(window.place(of: Timestamp(seconds: 1_709_200_000)) == 11)
        #expect(window.place(of: Self.now) == 12)
    }

    @Test(arguments: [(1, MetricsWindow.Interval.hour, 24), (2, .day, 2), (31, .day, 31), (32, .month, 2)])
    func `the interval follows from the length`(_ days: Int, _ interval: MetricsWindow.Interval, _ count: Int)
        throws
    {
        let window = try MetricsWindow(daysBack: days, interval: nil, now: Self.now)
        #expect(window.interval == interval)
        #expect(window.starts.count == count)
    }

    @Test(arguments: [(0, MetricsWindow.Interval.day), (366, .day), (-1, .hour), (16, .hour)])
    func `what is too much is refused`(_ days: Int, _ interval: MetricsWindow.Interval) {
        #expect(throws: EdgeError.self) {
            try MetricsWindow(daysBack: days, interval: interval, now: Self.now)
        }
    }

    @Test func `devices are counted once in a bucket and once in the window`() async throws {
        try await StoreFixture.with { fixture in
            let requests = try RequestLog(directory: fixture.directory.path, logger: StoreFixture.quiet)
            let metrics = Metrics(store: fixture.store, requests: requests)
            let devices = [try await fixture.register(1), try await fixture.register(2)]
            _ = try await fixture.register(3)
            for day in 0..<3 {
                for number in 0..<4 {
                    let device = devices[day == 0 ? 0 : number % 2]
                    _ = try await fixture.record(fixture.packet(UInt64(day * 10 + number), of: device))
                }
                if day < 2 { fixture.clock.advance(by: .seconds(86_400)) }
            }
            let window = try metrics.window(daysBack: 7, interval: .day)
            let packets = try await metrics.packets(StoreFixture.organization, window)
            #expect(packets.buckets.map(\.packets) == [0, 0, 0, 0, 4, 4, 4])
            #expect(packets.buckets.map(\.devices) == [0, 0, 0, 0, 1, 2, 2])
            #expect(packets.devices == 2)
            #expect(packets.buckets.last?.platforms == [.ble: 4])
            let found = try await metrics.devices(StoreFixture.organization, window)
            #expect(found.buckets.map(\.registered) == [0, 0, 0, 0, 3, 3, 3])
            #expect(found.buckets.map(\.registrations) == [0, 0, 0, 0, 3, 0, 0])
            #expect(found.buckets.map(\.active) == [0, 0, 0, 0, 1, 2, 2])
            #expect(found.buckets.map(\.neverActive) == [0, 0, 0, 0, 2, 1, 1])
            #expect(found.active == 2)
            #expect(found.neverActive == 1)
            let hours = try metrics.window(daysBack: 1, interval: .hour)
            let recent = try await metrics.packets(StoreFixture.organization, hours)
            #expect(recent.packets == 4 || recent.packets == 8)
            #expect(recent.devices == 2)
            try requests.close()
        }
    }
}
