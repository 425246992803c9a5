import BluetoothLE
import EdgeModel
import EdgeRadio
import EdgeTestSupport
import Foundation
import Logging
import ServiceLifecycle
import Testing

@Suite struct HCIScannerServiceTests {
    private func hubble(_ number: UInt8, rssi: Int8? = -60) -> LEAdvertisingReport {
        LEAdvertisingReport(
            eventType: .nonConnectable, addressType: .randomDevice,
            address: BluetoothAddress(rawValue: UInt64(number)),
            data: AdvertisingData([.flags(6), .serviceData(uuid: 0xFCA6, [0, number])]), rssi: rssi)
    }

    private func fragment(
        _ bytes: ArraySlice<UInt8>, _ status: LEExtendedAdvertisingReport.DataStatus
    ) -> HCIEventPacket {
        LEExtendedAdvertisingReports.packet([
            LEExtendedAdvertisingReport(
                eventType: .init(dataStatus: status), addressType: .randomDevice,
                address: BluetoothAddress(rawValue: 1), advertisingSID: 1, rssi: -50,
                data: AdvertisingData(bytes))
        ])
    }

    @Test func `a controller with extended scanning is reset, set up and heard`() async throws {
        let controller = try VirtualController.tcp()
        defer { controller.close() }
        try await ScannerFixture.with([controller.endpoint]) { fixture in
            try await eventually("scan") { controller.scansEnabled == 1 }
            #expect(
                controller.opcodes == [
                    .reset, .setEventMask, .leSetEventMask, .leReadLocalSupportedFeatures,
                    .leSetExtendedScanEnable, .leSetExtendedScanParameters, .leSetExtendedScanEnable,
                ])
            let before = EdgeClock.system.now()
            controller.send(LEAdvertisingReports.packet([hubble(7)]))
            let sighting = try #require(try await fixture.sightings(1).first)
            #expect(sighting.gateway == GatewayID("edge-roof-h4"))
            #expect(sighting.frame == .hubble(serviceData: [0, 7]))
            #expect(sighting.rssi == RSSI(dBm: -60))
            #expect(sighting.receivedAt.monotonic >= before.monotonic)
            let status = try #require(fixture.service.snapshot().first)
            #expect(status.adapter == "h4")
            #expect(status.condition == .scanning)
            #expect(status.scanKind == .extended)
            try await eventually("status") { fixture.service.snapshot().first?.lastReportAt != nil }
            #expect(fixture.board.snapshot().map(\.id) == [GatewayID("edge-roof-h4")])
        }
    }

    @Test func `a controller without extended scanning gets legacy commands`() async throws {
        // Over a UNIX socket: the others use TCP.
        let path = FileManager.default.temporaryDirectory
            .appending(path: "holdfast-\(UUID().uuidString.prefix(8)).sock").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let controller = try VirtualController.unix(path: path, manners: .init(features: []))
        defer { controller.close() }
        try await ScannerFixture.with([controller.endpoint]) { fixture in
            try await eventually("scan") { controller.scansEnabled == 1 }
            #expect(
                controller.opcodes.suffix(3) == [.leSetScanEnable, .leSetScanParameters, .leSetScanEnable])
            controller.send(LEAdvertisingReports.packet([hubble(7)]))
            #expect(try await fixture.sightings(1).count == 1)
        }
    }

    @Test func `two reports in one event are two sightings and strangers are none`() async throws {
        let controller = try VirtualController.tcp()
        defer { controller.close() }
        try await ScannerFixture.with([controller.endpoint]) { fixture in
            try await eventually("scan") { controller.scansEnabled == 1 }
            var stranger = hubble(9)
            stranger.data = AdvertisingData([.serviceData(uuid: 0xFEAA, [1, 2])])
            controller.send(LEAdvertisingReports.packet([hubble(1), stranger, hubble(2, rssi: nil)]))
            let sightings = try await fixture.sightings(2)
            #expect(sightings.map(\.frame) == [.hubble(serviceData: [0, 1]), .hubble(serviceData: [0, 2])])
            #expect(sightings.map(\.rssi) == [RSSI(dBm: -60), nil])
        }
    }

    @Test func `fragments of an extended advertisement are one sighting`() async throws {
        let controller = try VirtualController.tcp()
        defer { controller.close() }
        try await ScannerFixture.with([controller.endpoint]) { fixture in
            try await eventually("scan") { controller.scansEnabled == 1 }
            let whole = AdvertisingData([.flags(6), .serviceData(uuid: 0xFCA6, [1, 2, 3, 4])]).bytes
            controller.send(fragment(whole.prefix(5), .moreToCome))
            controller.send(LEAdvertisingReports.packet([hubble(1)]))
            controller.send(fragment(whole.dropFirst(5), .complete))
            let frames = try await fixture.sightings(2).map(\.frame)
            #expect(frames == [.hubble(serviceData: [0, 1]), .hubble(serviceData: [1, 2, 3, 4])])
        }
    }

    @Test func `malformed events cost nothing but themselves`() async throws {
        let controller = try VirtualController.tcp()
        defer { controller.close() }
        try await ScannerFixture.with([controller.endpoint]) { fixture in
            try await eventually("scan") { controller.scansEnabled == 1 }
            controller.send(bytes(hex: "04 3e 02 02 05  04 3e 00  04 0e 01 01"))
            controller.send(LEAdvertisingReports.packet([hubble(1)]))
            #expect(try await fixture.sightings(1).count == 1)
            #expect(controller.scansEnabled == 1)
        }
    }

    @Test func `after a hardware error the controller is reset and scanned again`() async throws {
        let controller = try VirtualController.tcp()
        defer { controller.close() }
        try await ScannerFixture.with([controller.endpoint]) { fixture in
            try await eventually("scan") { controller.scansEnabled == 1 }
            controller.send(HCIHardwareError(hardwareCode: 0x42).packet)
            try await eventually("scan") { controller.scansEnabled == 2 }
            #expect(controller.opcodes.count { $0 == .reset } == 2)
            #expect(controller.connections == 1)
            controller.send(LEAdvertisingReports.packet([hubble(1)]))
            #expect(try await fixture.sightings(1).count == 1)
        }
    }

    @Test func `a controller that hangs up is dialled again`() async throws {
        let controller = try VirtualController.tcp()
        defer { controller.close() }
        try await ScannerFixture.with([controller.endpoint]) { fixture in
            for round in 1...3 {
                try await eventually("scan") { controller.scansEnabled == round }
                controller.send(LEAdvertisingReports.packet([hubble(UInt8(round))]))
                #expect(try await fixture.sightings(1).count == 1)
                controller.disconnect()
            }
        }
    }

    @Test func `a controller that comes late is found`() async throws {
        let first = try VirtualController.tcp()
        first.close()
        guard case .tcp(_, let port) = first.endpoint else { throw CancellationError() }
        try await ScannerFixture.with([first.endpoint]) { fixture in
            try await eventually("refusal") {
                if case .unreachable = fixture.service.snapshot().first?.condition { true } else { false }
            }
            let controller = try VirtualController.tcp(port: port)
            defer { controller.close() }
            try await eventually("scan") { controller.scansEnabled == 1 }
        }
    }

    @Test func `a stream that is out of step is found again by a reset`() async throws {
        let controller = try VirtualController.tcp()
        defer { controller.close() }
        try await ScannerFixture.with([controller.endpoint]) { fixture in
            try await eventually("scan") { controller.scansEnabled == 1 }
            controller.send([0x99, 0x04, 0x3E])
            try await eventually("scan") { controller.scansEnabled == 2 }
            #expect(controller.connections == 1)
            controller.send(LEAdvertisingReports.packet([hubble(1)]))
            #expect(try await fixture.sightings(1).count == 1)
        }
    }

    @Test func `a controller that only sends noise is dialled again`() async throws {
        let noise = [UInt8](repeating: 0x99, count: 200_000)
        let controller = try VirtualController.tcp(manners: .init(noise: noise))
        defer { controller.close() }
        try await ScannerFixture.with([controller.endpoint]) { _ in
            try await eventually("another connection") { controller.connections > 1 }
        }
    }

    @Test func `silence sets the scan again`() async throws {
        let controller = try VirtualController.tcp()
        defer { controller.close() }
        var timings = ScannerFixture.timings
        timings.silence = .milliseconds(50)
        try await ScannerFixture.with([controller.endpoint], timings: timings) { _ in
            try await eventually("scan") { controller.scansEnabled >= 3 }
            #expect(controller.opcodes.count { $0 == .reset } == 1)
        }
    }

    @Test func `a full queue drops and never blocks`() async throws {
        let controller = try VirtualController.tcp()
        defer { controller.close() }
        try await ScannerFixture.with([controller.endpoint], capacity: 2) { fixture in
            try await eventually("scan") { controller.scansEnabled == 1 }
            for _ in 0..<10 { controller.send(LEAdvertisingReports.packet([hubble(1)])) }
            try await eventually("drops") { fixture.queue.statistics.dropped == 8 }
        }
    }

    @Test func `several controllers are several gateways`() async throws {
        let controllers = [try VirtualController.tcp(), try VirtualController.tcp()]
        defer { for controller in controllers { controller.close() } }
        try await ScannerFixture.with(controllers.map(\.endpoint)) { fixture in
            for controller in controllers {
                try await eventually("scan") { controller.scansEnabled == 1 }
                controller.send(LEAdvertisingReports.packet([hubble(1)]))
            }
            let gateways = Set(try await fixture.sightings(2).map(\.gateway.rawValue))
            #expect(gateways == ["edge-roof-h4", "edge-roof-h4-2"])
        }
    }

    @Test(arguments: [BluetoothSourceSelection.off, .auto])
    func `without an adapter the service waits until it is told to stop`(
        selection: BluetoothSourceSelection
    ) async throws {
        let service = HCIScannerService(
            selection: selection, queue: SightingQueue(capacity: 1), board: GatewayBoard(), clock: .system,
            logger: .init(label: "test"), hostName: "roof")
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, serviceName: "ble")], logger: .init(label: "test")))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await Task.sleep(for: .milliseconds(20))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
