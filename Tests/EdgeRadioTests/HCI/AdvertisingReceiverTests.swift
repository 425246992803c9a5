import BluetoothLE
import EdgeModel
import EdgeTestSupport
import Testing

@testable import EdgeRadio

@Suite struct AdvertisingReceiverTests {
    private let metrics = CountingMetrics()
    private let board = GatewayBoard()
    private let start = ClockReading(
        wall: Timestamp(seconds: 1_760_210_751), monotonic: MonotonicInstant(nanoseconds: 1_000_000_000))

    private func receiver(_ queue: SightingQueue) -> AdvertisingReceiver {
        AdvertisingReceiver(
            gateway: GatewayID("edge-roof-hci0"), queue: queue, board: board,
            metrics: HCIScannerMetrics(factory: metrics))
    }

    private func later(_ seconds: UInt64) -> ClockReading {
        ClockReading(
            wall: start.wall.advanced(byMicroseconds: Int64(seconds) * 1_000_000),
            monotonic: MonotonicInstant(nanoseconds: start.monotonic.nanoseconds + seconds * 1_000_000_000))
    }

    /// LE Meta with one legacy report: address 1, service data 0xFCA6 `0001`, -60 dBm.
    private let event = bytes(hex: "3e 12 02 01  03 01 010000 0000c0 06 0516a6fc 0001 c4")

    @Test func `what was received is counted by kind`() {
        var receiver = receiver(SightingQueue(capacity: 1))
        for _ in 0..<3 { _ = receiver.take(event[...], receivedAt: start) }
        _ = receiver.take(bytes(hex: "3e 02 02 00")[...], receivedAt: start)
        _ = receiver.take(bytes(hex: "3e 05 02")[...], receivedAt: start)
        _ = receiver.flush(at: start)
        #expect(metrics["edge_hci_event_received_total"] == 5)
        #expect(metrics["edge_advertising_report_received_total"] == 3)
        #expect(metrics["edge_hci_event_malformed_total{no_reports}"] == 1)
        #expect(metrics["edge_hci_event_malformed_total{length_mismatch}"] == 1)
        #expect(metrics["edge_sighting_dropped_total{ble}"] == 2)
    }

    @Test func `a sighting has the time and the strength of its reception`() async {
        let queue = SightingQueue(capacity: 10)
        var receiver = receiver(queue)
        _ = receiver.take(event[...], receivedAt: start)
        _ = receiver.flush(at: later(1))
        let expected = Sighting(
            gateway: GatewayID("edge-roof-hci0"), receivedAt: start, rssi: RSSI(dBm: -60),
            frame: .hubble(serviceData: [0, 1]))
        #expect(await queue.next() == [expected])
    }

    @Test func `events without reports keep nothing waiting`() {
        var receiver = receiver(SightingQueue(capacity: 1))
        let event = receiver.take(bytes(hex: "10 01 42")[...], receivedAt: start)
        #expect(event != nil)
        let heard = receiver.flush(at: start)
        #expect(!heard)
        #expect(board.snapshot().isEmpty)
    }

    @Test func `the board hears of the adapter about once a second`() {
        var receiver = receiver(SightingQueue(capacity: 10))
        for (time, seen) in [(start, start), (start, start), (later(1), later(1)), (later(5), later(5))] {
            _ = receiver.take(event[...], receivedAt: time)
            let heard = receiver.flush(at: time)
            #expect(heard)
            #expect(board.snapshot().first?.lastSeen == seen)
        }
        #expect(board.snapshot().map(\.kind) == [.bluetoothAdapter])
    }

    @Test func `an advertisement of which a fragment is missing is counted`() {
        var receiver = receiver(SightingQueue(capacity: 1))
        let truncated = LEExtendedAdvertisingReport(
            eventType: .init(dataStatus: .truncated), addressType: .randomDevice,
            address: BluetoothAddress(rawValue: 1), rssi: nil, data: AdvertisingData([]))
        let packet = LEExtendedAdvertisingReports.packet([truncated]).h4Packet
        _ = receiver.take(packet.dropFirst(), receivedAt: start)
        _ = receiver.flush(at: start)
        #expect(metrics["edge_hci_event_malformed_total{incomplete_advertisement}"] == 1)
    }

    @Test func `10,000 random events are counted and never trap`() {
        var generator = SeededGenerator(seed: 5)
        var receiver = receiver(SightingQueue(capacity: 100))
        for _ in 0..<10_000 {
            let count = Int.random(in: 0...260, using: &generator)
            let parameters = [UInt8.random(in: 0...20, using: &generator)] + generator.bytes(count: count)
            let packet = HCIEventPacket(code: 0x3E, parameters: parameters[...]).h4Packet
            _ = receiver.take(packet.dropFirst(), receivedAt: start)
        }
        _ = receiver.flush(at: start)
        #expect(metrics["edge_hci_event_received_total"] == 10_000)
    }
}
