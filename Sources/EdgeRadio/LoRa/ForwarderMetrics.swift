import Metrics
import SemtechUDP

/// The counters of the packet-forwarder service, made once: looking one up costs more than a
/// datagram may.
struct ForwarderMetrics: Sendable {
    private let datagrams: [DatagramHeader.Kind: Counter]
    private let rejectedDatagrams: [DatagramRejection: Counter]
    private let rejectedPackets: [PacketRejection: Counter]
    private let acknowledgedDownlinks: [String: Counter]
    private let receivedPackets: Counter
    private let droppedSightings: Counter
    private let duplicatedGateways: Counter

    init(factory: any MetricsFactory) {
        func counters<Key: Hashable>(
            _ label: String, _ dimension: String, _ keys: [Key], name: (Key) -> String
        ) -> [Key: Counter] {
            Dictionary(
                keys.map { key in
                    (key, Counter(label: label, dimensions: [(dimension, name(key))], factory: factory))
                },
                uniquingKeysWith: { first, _ in first })
        }
        datagrams = counters(
            "edge_datagram_received_total", "type", DatagramHeader.Kind.allCases, name: \.metricName)
        rejectedDatagrams = counters(
            "edge_datagram_rejected_total", "reason", DatagramRejection.allCases, name: \.metricName)
        rejectedPackets = counters(
            "edge_rxpk_rejected_total", "reason", PacketRejection.allCases, name: \.metricName)
        acknowledgedDownlinks = counters(
            "edge_downlink_acknowledged_total", "outcome",
            ["accepted", "warning"] + TransmitAck.Code.allCases.map(\.metricName), name: \.self)
        receivedPackets = Counter(label: "edge_rxpk_received_total", dimensions: [], factory: factory)
        droppedSightings = Counter(
            label: "edge_sighting_dropped_total", dimensions: [("source", "lora")], factory: factory)
        duplicatedGateways = Counter(
            label: "edge_gateway_duplicated_total", dimensions: [], factory: factory)
    }

    /// Two gateways begin to be heard under one EUI.
    func duplicated() { duplicatedGateways.increment() }

    func received(_ kind: DatagramHeader.Kind) { datagrams[kind]?.increment() }

    func rejected(_ reason: DatagramRejection) { rejectedDatagrams[reason]?.increment() }

    /// Every element of `rxpk`, those not kept included.
    func receivedPackets(_ count: Int) { receivedPackets.increment(by: count) }

    func rejected(_ reason: PacketRejection) { rejectedPackets[reason]?.increment() }

    func droppedSightings(_ count: Int) { droppedSightings.increment(by: count) }

    func acknowledged(_ outcome: TransmitAck.Outcome) {
        switch outcome {
        case .accepted: acknowledgedDownlinks["accepted"]?.increment()
        case .acceptedWithWarning: acknowledgedDownlinks["warning"]?.increment()
        case .refused(let code): acknowledgedDownlinks[code.metricName]?.increment()
        }
    }
}

extension DatagramHeader.Kind {
    fileprivate var metricName: String {
        switch self {
        case .pushData: "push_data"
        case .pushAck: "push_ack"
        case .pullData: "pull_data"
        case .pullResponse: "pull_resp"
        case .pullAck: "pull_ack"
        case .transmitAck: "tx_ack"
        }
    }
}

extension TransmitAck.Code {
    fileprivate var metricName: String { rawValue.lowercased() }
}
