import BluetoothLE
import CoreMetrics
import EdgeModel

/// Turns events into sightings: decodes, reassembles, keeps what carries Hubble's service data, and
/// offers it to the queue in batches. Never waits. Used by one thread.
struct AdvertisingReceiver {
    /// The 16-bit service UUID of Hubble devices.
    private static let serviceUUID: UInt16 = 0xFCA6
    private static let boardInterval = Duration.seconds(1)

    private let gateway: GatewayID
    private let queue: SightingQueue
    private let board: GatewayBoard
    private let metrics: HCIScannerMetrics
    private var reassembler = ExtendedAdvertisingReassembler()
    private var batch: [Sighting] = []
    private var eventCount = 0
    private var reportCount = 0
    private var incompleteCounted: UInt64 = 0
    private var shownAt: MonotonicInstant?

    init(gateway: GatewayID, queue: SightingQueue, board: GatewayBoard, metrics: HCIScannerMetrics) {
        self.gateway = gateway
        self.queue = queue
        self.board = board
        self.metrics = metrics
    }

    /// Takes one event without its indicator. Returns it when it is about something else than
    /// advertising; malformed events are counted and end here.
    mutating func take(_ bytes: ArraySlice<UInt8>, receivedAt: ClockReading) -> HCIEvent? {
        eventCount += 1
        do throws(MalformedHCI) {
            let event = try HCIEvent(decoding: bytes)
            switch event {
            case .advertisingReports(let reports): take(reports, receivedAt)
            case .extendedAdvertisingReports(let reports): take(reports, receivedAt)
            default: return event
            }
        } catch {
            metrics.countMalformed(error)
        }
        return nil
    }

    /// Hands over what has gathered since the last call. True when there was a report among it.
    mutating func flush(at now: ClockReading) -> Bool {
        defer { (eventCount, reportCount) = (0, 0) }
        if eventCount > 0 { metrics.eventReceived.increment(by: eventCount) }
        countIncomplete()
        guard reportCount > 0 else { return false }
        metrics.reportReceived.increment(by: reportCount)
        offerBatch()
        showOnBoard(at: now)
        return true
    }

    private mutating func take(_ reports: LEAdvertisingReports, _ receivedAt: ClockReading) {
        for result in reports {
            switch result {
            case .success(let report):
                reportCount += 1
                take(report.data, rssi: report.rssi, receivedAt)
            case .failure(let reason): metrics.countMalformed(reason)
            }
        }
    }

    private mutating func take(_ reports: LEExtendedAdvertisingReports, _ receivedAt: ClockReading) {
        for result in reports {
            switch result {
            case .success(let report):
                reportCount += 1
                guard let whole = reassembler.add(report) else { continue }
                take(whole.data, rssi: whole.rssi, receivedAt)
            case .failure(let reason): metrics.countMalformed(reason)
            }
        }
    }

    private mutating func take(_ data: AdvertisingData, rssi: Int8?, _ receivedAt: ClockReading) {
        guard let serviceData = data.serviceData(uuid: Self.serviceUUID) else { return }
        batch.append(
            Sighting(
                gateway: gateway, receivedAt: receivedAt,
                rssi: rssi.flatMap { $0 < -127 ? nil : RSSI(dBm: Int($0)) },
                frame: .hubble(serviceData: Array(serviceData))))
    }

    private mutating func offerBatch() {
        guard !batch.isEmpty else { return }
        let dropped = batch.count - queue.offer(batch)
        if dropped > 0 { metrics.sightingDropped.increment(by: dropped) }
        batch.removeAll(keepingCapacity: true)
    }

    private mutating func countIncomplete() {
        guard reassembler.dropped > incompleteCounted else { return }
        metrics.incomplete.increment(by: reassembler.dropped - incompleteCounted)
        incompleteCounted = reassembler.dropped
    }

    private mutating func showOnBoard(at now: ClockReading) {
        if let shownAt, now.monotonic.since(shownAt) < Self.boardInterval { return }
        shownAt = now.monotonic
        board.observed(gateway, kind: .bluetoothAdapter, at: now)
    }
}
