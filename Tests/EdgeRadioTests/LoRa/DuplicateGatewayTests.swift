import EdgeModel
import EdgeTestSupport
import NIOCore
import SemtechUDP
import Testing

@testable import EdgeRadio

private let eui = EUI64(rawValue: 0x0016_c001_ff10_a1b2)

@Suite struct `Two gateways of one EUI` {
    private func address(_ text: String, _ port: Int = 40_000) throws -> SocketAddress {
        try SocketAddress(ipAddress: text, port: port)
    }

    private func instant(_ seconds: Int) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: UInt64(seconds + 1_000) * 1_000_000_000)
    }

    /// Seconds and the host of each PULL_DATA.
    private func turns(_ pulls: [(Int, String)]) throws -> [String] {
        var sources = PullSources()
        for (second, host) in pulls { sources.pulled(from: try address(host), at: instant(second)) }
        return sources.takingTurns
    }

    @Test func `are told by sources that take turns`() throws {
        #expect(
            try turns([(0, "10.0.0.1"), (4, "10.0.0.2"), (10, "10.0.0.1"), (14, "10.0.0.2")])
                == ["10.0.0.1:40000", "10.0.0.2:40000"])
    }

    @Test func `are not one that moves, falls back once, or comes back after a long time`() throws {
        #expect(try turns([(0, "10.0.0.1"), (10, "10.0.0.2"), (20, "10.0.0.3"), (30, "10.0.0.4")]) == [])
        #expect(try turns([(0, "10.0.0.1"), (10, "10.0.0.2"), (20, "10.0.0.1"), (30, "10.0.0.1")]) == [])
        #expect(
            try turns([(0, "10.0.0.1"), (10, "10.0.0.2"), (120, "10.0.0.1"), (230, "10.0.0.2")]) == [])
    }

    @Test func `are one again when the other is gone for three minutes`() throws {
        let shared = [(0, "10.0.0.1"), (4, "10.0.0.2"), (10, "10.0.0.1"), (14, "10.0.0.2")]
        let alone = stride(from: 20, through: 210, by: 10).map { ($0, "10.0.0.1") }
        #expect(try turns(shared + alone) == [])
        #expect(try turns(shared + alone.prefix(5)).count == 2)
    }

    @Test func `each has a way back, found by the socket, then by the host, then by the last pull`() throws {
        let paths = DownlinkPaths()
        func path(_ host: String, _ port: Int, _ second: Int) throws -> DownlinkPaths.Path {
            DownlinkPaths.Path(remote: try address(host, port), version: .v2, openedAt: instant(second))
        }
        let (first, second) = (try path("10.0.0.1", 1_001, 0), try path("10.0.0.2", 2_001, 1))
        #expect(paths.open(first, for: eui))
        #expect(paths.open(second, for: eui))
        func found(_ host: String, _ port: Int, at time: Int = 2) throws -> DownlinkPaths.Path? {
            paths.path(to: eui, source: try address(host, port).sourceNumber, at: instant(time))
        }
        #expect(try found("10.0.0.1", 1_001) == first)
        // A forwarder pushes from another socket than it pulls with.
        #expect(try found("10.0.0.1", 1_002) == first)
        #expect(try found("10.0.0.2", 2_002) == second)
        #expect(try found("10.0.0.3", 1) == second)
        #expect(paths.path(to: eui, at: instant(2)) == second)
        // The first pulls no more: whoever still does is the way.
        #expect(try found("10.0.0.1", 1_001, at: 90) == second)
        #expect(try found("10.0.0.1", 1_001, at: 91) == nil)
    }

    @Test func `IPv6 sources are told apart by host and port`() throws {
        let hosts = ["2001:db8::1", "2001:db8::2", "::1"]
        let numbers = try hosts.flatMap { host in try [1, 2].map { try address(host, $0).sourceNumber } }
        #expect(Set(numbers).count == 6)
        #expect(Set(numbers.map { $0 >> 16 }).count == 3)
    }

    @Test func `are counted and shown, and a downlink goes to the one that heard the uplink`() async throws {
        try await ForwarderFixture.with { fixture in
            let sockets = [try fixture.gateway(), try fixture.gateway()]
            for turn in 0..<4 {
                sockets[turn % 2].send(bytes(hex: "02 000\(turn) 02 0016c001ff10a1b2"))
                #expect(sockets[turn % 2].receive() != nil)
            }
            fixture.settle(sockets[0])
            let status = try #require(fixture.board.snapshot().first { $0.id == GatewayID(forwarder: eui) })
            #expect(status.duplicate?.addresses.count == 2)
            #expect(fixture.metrics["edge_gateway_duplicated_total"] == 1)
            let rxpk = #"""
                {"rxpk":[{"tmst":7,"freq":868.1,"chan":0,"stat":1,"modu":"LORA","datr":"SF7BW125","codr":"4/5",
                "rssi":-60,"lsnr":5,"size":12,"data":"QAQDAgEAAAAB3q2+"}]}
                """#
            for socket in sockets {
                fixture.send(bytes(hex: "02 1234 00 0016c001ff10a1b2") + Array(rxpk.utf8), from: socket)
            }
            let sightings = try #require(await fixture.queue.next())
            try #require(sightings.count == 2)
            for (socket, sighting) in zip(sockets, sightings) {
                guard case .lorawan(_, let reception) = sighting.frame else { continue }
                fixture.service.transmitter.send(
                    RadioDownlink(
                        reference: 1, gateway: eui, source: reception.source, timing: .counter(5_000_000),
                        frequency: 868_100_000, dataRate: "SF7BW125", power: 14,
                        payload: Array(repeating: 0x60, count: 12)))
                let answer = try #require(socket.receive())
                #expect(answer[3] == 3)
            }
        }
    }
}
