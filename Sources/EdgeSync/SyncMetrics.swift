import CoreMetrics

/// Counters of what went up, made once.
struct SyncMetrics: Sendable {
    private let packets = Counter(label: "edge_upstream_packet_confirmed_total")
    private let refusals = Counter(label: "edge_upstream_row_refused_total")
    private let bytes = Counter(label: "edge_upstream_byte_sent_total")

    /// A row that the other side refuses, and that is not sent again.
    func refused() { refusals.increment() }

    func sent(_ count: Int, bytes length: Int) {
        packets.increment(by: count)
        bytes.increment(by: length)
    }
}
