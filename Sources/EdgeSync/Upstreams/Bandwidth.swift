import EdgeDelivery
package import EdgeModel

/// A limit of what goes out to one upstream: a value that is told what went. It reads no clock.
package struct Bandwidth: Sendable {
    /// No batch keeps the line busy for longer than about this: what is new goes behind it.
    private static let patience = 3.0
    /// About so many rows tell what one takes.
    private static let telling = 50.0

    /// Nil where there is no limit.
    private let bytesPerSecond: Int?
    /// What a packed row has taken of late.
    private var bytesPerRow = 64.0
    /// The line is busy up to here.
    package private(set) var busyUntil = MonotonicInstant(nanoseconds: 0)

    package init(bytesPerSecond: Int?) {
        self.bytesPerSecond = bytesPerSecond.flatMap { $0 > 0 ? $0 : nil }
    }

    package var isLimited: Bool { bytesPerSecond != nil }

    /// Rows a second that the limit lets through; nil where there is none.
    package var rowsPerSecond: Double? { bytesPerSecond.map { Double($0) / bytesPerRow } }

    /// More rows than this are not sent at once.
    package var rowLimit: Int {
        rowsPerSecond.map { Int(min(max(1, $0 * Self.patience), Double(SyncBatch.rowLimit))) }
            ?? SyncBatch.rowLimit
    }

    /// So many bytes went out, with so many rows in them.
    package mutating func used(bytes: Int, rows: Int, at now: MonotonicInstant) {
        guard let bytesPerSecond else { return }
        if rows > 0 {
            let weight = Double(rows) / (Double(rows) + Self.telling)
            bytesPerRow += (max(1, Double(bytes) / Double(rows)) - bytesPerRow) * weight
        }
        let time = Duration.microseconds(Int64(bytes) * 1_000_000 / Int64(bytesPerSecond))
        busyUntil = max(busyUntil, now).advanced(by: time)
    }
}
