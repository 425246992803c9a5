import EdgeDelivery
import EdgeModel
import Testing

@testable import EdgeSync

/// How much goes at once, and how long the rest takes.
@Suite struct BandwidthTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    @Test func `under a limit a batch takes a few seconds, whatever its rows are like`() {
        var bandwidth = Bandwidth(bytesPerSecond: 1_000)
        for _ in 0..<20 {
            let rows = bandwidth.rowLimit
            bandwidth.used(bytes: rows * 150, rows: rows, at: Self.start)
        }
        #expect((15...22).contains(bandwidth.rowLimit))
        #expect((6...7).contains(bandwidth.rowsPerSecond ?? 0))
        #expect(Bandwidth(bytesPerSecond: 1).rowLimit == 1)
        #expect(Bandwidth(bytesPerSecond: nil).rowLimit == SyncBatch.rowLimit)
    }

    @Test func `a burst keeps the line busy for as long as it takes`() {
        var bandwidth = Bandwidth(bytesPerSecond: 1_000)
        bandwidth.used(bytes: 2_000, rows: 10, at: Self.start)
        bandwidth.used(bytes: 1_000, rows: 0, at: Self.start)
        #expect(bandwidth.busyUntil == Self.start.advanced(by: .seconds(3)))
    }

    @Test func `the drain is as fast as full requests were, and not as single packets were`() {
        var rate = DrainRate()
        #expect(rate.perSecond(within: nil) == 500)
        rate.confirmed(500, in: .milliseconds(100))
        for _ in 0..<100 { rate.confirmed(1, in: .milliseconds(50)) }
        #expect(rate.perSecond(within: nil) == 5_000)
        #expect(rate.perSecond(within: 14) == 14)
        #expect(DrainRate(70).perSecond(within: nil) == 70)
    }
}
