import CoreMetrics

/// What the network server counts.
struct NetworkMetrics: Sendable {
    let sent = Counter(label: "edge_network_downlinks_total")
    let joins = Counter(label: "edge_network_joins_total")
    let refusedJoins = Counter(label: "edge_network_joins_refused_total")
    /// Lines that came too fast for the frame log.
    let droppedLines = Counter(label: "edge_network_log_lines_dropped_total")
    let failures = Counter(label: "edge_network_store_failures_total")
}
