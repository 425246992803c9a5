import BluetoothLE
import CoreMetrics

/// The counters of the scanners. Every handle is made once: none is looked up per event.
struct HCIScannerMetrics: Sendable {
    let eventReceived: Counter
    /// Events that the kernel dropped because they were not read in time.
    let eventDropped: Counter
    let reportReceived: Counter
    let sightingDropped: Counter
    /// Advertisements of which a fragment is missing.
    let incomplete: Counter
    /// The place in an H4 stream was lost.
    let framingLost: Counter
    private let malformed: [MalformedHCI: Counter]
    private let rearmed: [HCIScanRearmReason: Counter]

    init(factory: any MetricsFactory) {
        func counter(_ label: String, _ dimensions: (String, String)...) -> Counter {
            Counter(label: label, dimensions: dimensions, factory: factory)
        }
        func malformed(_ reason: String) -> Counter {
            counter("edge_hci_event_malformed_total", ("reason", reason))
        }
        eventReceived = counter("edge_hci_event_received_total")
        eventDropped = counter("edge_hci_event_dropped_total")
        reportReceived = counter("edge_advertising_report_received_total")
        sightingDropped = counter("edge_sighting_dropped_total", ("source", "ble"))
        incomplete = malformed("incomplete_advertisement")
        framingLost = malformed("framing_lost")
        self.malformed = Dictionary(
            uniqueKeysWithValues: MalformedHCI.allCases.map { ($0, malformed($0.rawValue)) })
        rearmed = Dictionary(
            uniqueKeysWithValues: HCIScanRearmReason.allCases.map {
                ($0, counter("edge_hci_scan_rearmed_total", ("reason", $0.rawValue)))
            })
    }

    func countMalformed(_ reason: MalformedHCI) { malformed[reason]?.increment() }

    func countRearmed(_ reason: HCIScanRearmReason) { rearmed[reason]?.increment() }
}
