import CoreMetrics

/// Counters of deliveries, made once.
struct DeliveryMetrics: Sendable {
    private let attempts: [String: Counter]
    let packets = Counter(label: "edge_delivery_packet_confirmed_total")
    let parked = Counter(label: "edge_delivery_parked_total")

    init() {
        let labels = ["delivered", "gone"] + AttemptOutcome.Failure.Kind.allCases.map(\.rawValue)
        attempts = Dictionary(
            uniqueKeysWithValues: labels.map {
                ($0, Counter(label: "edge_delivery_attempted_total", dimensions: [("result", $0)]))
            })
    }

    func count(_ outcome: AttemptOutcome) { attempts[outcome.label]?.increment() }
}
