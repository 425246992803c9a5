import EdgeModel

/// How many rows a second go up while rows wait: measured over the requests themselves, so that the time in
/// which nothing was due does not count.
struct DrainRate: Sendable {
    /// Until one was measured: a batch a second.
    private static let assumed = 500.0
    /// A request with fewer rows tells how long the way is, and not how much goes along it.
    private static let telling = 50

    private var measured: Double?

    /// With what was measured before, if anything was.
    init(_ measured: Double? = nil) { self.measured = measured }

    /// `limit` is what the bandwidth lets through; nil where it has no limit.
    func perSecond(within limit: Double?) -> Double { min(measured ?? Self.assumed, limit ?? .infinity) }

    /// So many rows were confirmed, `busy` after they began to go.
    mutating func confirmed(_ rows: Int, in busy: Duration) {
        guard rows >= Self.telling else { return }
        let rate = Double(rows) / max(0.001, Double(busy.microseconds) / 1_000_000)
        measured = measured.map { $0 * 0.7 + rate * 0.3 } ?? rate
    }
}
