import EdgeModel
import EdgeRadio
import EdgeTestSupport
import Logging
import NIOCore
import ServiceLifecycle
import Testing

private let pushHeader = bytes(hex: "02 1234 00 0016c001ff10a1b2")
private let gateway = GatewayID("lora-0016c001ff10a1b2")

private func push(_ json: String) -> [UInt8] { pushHeader + Array(json.utf8) }

private func rxpk(_ data: String, stat: Int = 1) -> String {
    """
    {"tmst":4199958,"chan":2,"freq":868.100000,"stat":\(stat),"modu":"LORA","datr":"SF7Bw125",\
    "codr":"4/5","rssi":-57,"lsnr":9.2,"size":17,"data":"\(data)"}
    """
}

private let frame = "QPF9vkkAAgABlUN4disR/w0="

@Suite struct `The packet forwarder service` {
    @Test(arguments: [
        ("01 abcd 00 0016c001ff10a1b2 7b7d", "01abcd01"),
        ("02 abcd 00 0016c001ff10a1b2 7b7d", "02abcd01"),
        ("01 0001 02 0016c001ff10a1b2", "01000104"),
        ("02 0001 02 0016c001ff10a1b2", "02000104"),
        // Bad JSON, and none at all.
        ("02 0002 00 0016c001ff10a1b2 7b22727870", "02000201"),
        ("02 0003 00 0016c001ff10a1b2", "02000301"),
        ("02 0004 00 0016c001ff10a1b2 ff00ff00", "02000401"),
    ])
    func `acknowledges with the token and version of the gateway`(
        _ row: (datagram: String, reply: String)
    ) async throws {
        try await ForwarderFixture.with { fixture in
            let socket = try fixture.gateway()
            socket.send(bytes(hex: row.datagram))
            #expect(socket.receive().map { hex($0) } == row.reply)
        }
    }

    @Test func `acknowledges within ten milliseconds`() async throws {
        try await ForwarderFixture.with { fixture in
            let socket = try fixture.gateway()
            let clock = ContinuousClock()
            let times = (0..<21).map { _ in
                clock.measure {
                    socket.send(push("{\"rxpk\":[\(rxpk(frame))]}"))
                    _ = socket.receive()
                }
            }
            #expect(times.sorted()[10] < .milliseconds(10))
        }
    }

    @Test func `hands frames to the queue with everything that the forwarder said`() async throws {
        try await ForwarderFixture.with { fixture in
            let socket = try fixture.gateway()
            let stat = #""stat":{"lati":48.2,"long":16.37,"alti":-5,"rxnb":2}"#
            fixture.send(push("{\(stat),\"rxpk\":[\(rxpk(frame))]}"), from: socket)
            let sightings = try #require(await fixture.queue.next())
            guard case .lorawan(_, let heard)? = sightings.first?.frame else {
                Issue.record("\(sightings)")
                return
            }
            // 127.0.0.1, and the port of the socket.
            #expect(heard.source >> 16 == 0x7F00_0001)
            let expected = Sighting(
                gateway: gateway, receivedAt: ForwarderFixture.now, rssi: RSSI(dBm: -57),
                frame: .lorawan(
                    phyPayload: bytes(hex: "40f17dbe4900020001954378762b11ff0d"),
                    LoRaReception(
                        frequency: 868_100_000, dataRate: "SF7BW125", codingRate: "4/5", snr: 9.2,
                        counterMicroseconds: 4_199_958, channel: 2, source: heard.source)),
                location: Location(latitude: 48.2, longitude: 16.37, altitude: -5))
            #expect(sightings == [expected])
            #expect(fixture.metrics["edge_rxpk_received_total"] == 1)
            #expect(fixture.metrics["edge_datagram_received_total{type=push_data}"] == 1)
        }
    }

    @Test func `counts what does not become a sighting`() async throws {
        try await ForwarderFixture.with { fixture in
            let bad = rxpk(frame, stat: -1)
            let proprietary = rxpk("4AAAAAAAAAAAAAAA")
            let short = rxpk("QAAAAAAAAAAAAAA")
            let otherMajor = rxpk("gQwgUBMADQANAKvN7w==")
            let json = [bad, proprietary, short, otherMajor, "{}", rxpk(frame)].joined(separator: ",")
            fixture.send(push("{\"rxpk\":[\(json)],\"stat\":{"), from: try fixture.gateway())
            #expect(await fixture.queue.next()?.count == 1)
            #expect(fixture.metrics["edge_rxpk_received_total"] == 6)
            for reason in [
                "crc_bad", "proprietary", "frame_too_short", "unsupported_major", "data_missing",
            ] {
                #expect(fixture.metrics["edge_rxpk_rejected_total{reason=\(reason)}"] == 1, "\(reason)")
            }
            #expect(fixture.metrics["edge_datagram_rejected_total{reason=malformed_stat}"] == 1)
        }
    }

    @Test func `drops and counts what the queue has no room for`() async throws {
        try await ForwarderFixture.with(queueCapacity: 1) { fixture in
            let json = "{\"rxpk\":[\(rxpk(frame)),\(rxpk("QPF9vkkAAgABlUN4disR/w4="))]}"
            fixture.send(push(json), from: try fixture.gateway())
            #expect(fixture.metrics["edge_sighting_dropped_total{source=lora}"] == 1)
        }
    }

    @Test func `counts what is no datagram for it, and does not answer`() async throws {
        try await ForwarderFixture.with { fixture in
            let socket = try fixture.gateway()
            for datagram in [[], [2], [3, 0, 0, 0], [2, 0, 0, 9], [2, 0, 0, 1], [2, 0, 0, 3]] as [[UInt8]] {
                socket.send(datagram)
            }
            fixture.send([2, 0, 0, 4], from: socket)
            let reasons = ["too_short": 2, "unsupported_version": 1, "unknown_type": 1, "from_server": 3]
            for (reason, count) in reasons {
                #expect(fixture.metrics["edge_datagram_rejected_total{reason=\(reason)}"] == count)
            }
        }
    }

    @Test func `counts TX_ACK, with a trailing NUL and with an error`() async throws {
        try await ForwarderFixture.with { fixture in
            let socket = try fixture.gateway()
            socket.send(bytes(hex: "02 8ba5 05 7276ff00390300ae 00"))
            let error = Array(#"{"txpk_ack":{"error":"TOO_LATE"}}"#.utf8)
            fixture.send(bytes(hex: "02 0001 05 7276ff00390300ae") + error, from: socket)
            #expect(fixture.metrics["edge_downlink_acknowledged_total{outcome=accepted}"] == 1)
            #expect(fixture.metrics["edge_downlink_acknowledged_total{outcome=too_late}"] == 1)
        }
    }

    @Test func `takes the largest datagram`() async throws {
        try await ForwarderFixture.with { fixture in
            let socket = try fixture.gateway()
            let padding = String(repeating: " ", count: 65_507 - 12 - 11 - rxpk(frame).utf8.count)
            let datagram = push("{\"rxpk\":[\(rxpk(frame))\(padding)]}")
            #expect(datagram.count == 65_507)
            fixture.send(datagram, from: socket)
            #expect(await fixture.queue.next()?.count == 1)
        }
    }

    @Test func `survives a hundred thousand brackets and goes on serving`() async throws {
        try await ForwarderFixture.with { fixture in
            let socket = try fixture.gateway()
            fixture.send(push("{\"rxpk\":" + String(repeating: "[", count: 65_000)), from: socket)
            fixture.send(push("{\"rxpk\":[\(rxpk(frame))]}"), from: socket)
            #expect(await fixture.queue.next()?.count == 1)
        }
    }

    @Test func `refuses a port that is in use`() async throws {
        try await ForwarderFixture.with { fixture in
            let port = try #require(fixture.service.address.port)
            let error = await #expect(throws: PacketForwarderError.self) {
                try await ForwarderFixture.with(ForwarderOptions(host: "127.0.0.1", port: port)) { _ in }
            }
            #expect(error?.description.contains("127.0.0.1:\(port)") == true)
            #expect(error?.description.contains("in use") == true)
        }
    }

    @Test func `stops when the service group does`() async throws {
        let service = try await PacketForwarderService.bind(
            ForwarderOptions(host: "127.0.0.1", port: 0), queue: SightingQueue(capacity: 1),
            board: GatewayBoard(), logger: Logger(label: "test"))
        let group = ServiceGroup(services: [service], logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
