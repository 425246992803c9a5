import CoreMetrics

/// Counters of the pipeline, made once.
struct IngestMetrics {
    private let outcomes: [Outcome: Counter] = Dictionary(
        uniqueKeysWithValues: Outcome.allCases.map {
            ($0, Counter(label: "edge_sighting_processed_total", dimensions: [("outcome", $0.rawValue)]))
        })
    let packets = Counter(label: "edge_packet_recorded_total")
    let commits = Counter(label: "edge_commit_written_total")
    let failures = Counter(label: "edge_commit_failed_total")
    let reopened = Counter(label: "edge_raw_frame_opened_total")

    func count(_ outcome: Outcome) { outcomes[outcome]?.increment() }
}
