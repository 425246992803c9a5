import EdgeModel
import EdgeTestSupport
import NIOCore
import SemtechUDP
import Testing

@testable import EdgeRadio

private let eui = EUI64(rawValue: 0x0016_c001_ff10_a1b2)
private let pushHeader = bytes(hex: "02 1234 00 0016c001ff10a1b2")

@Suite struct `What is known of gateways` {
    @Test func `statistics are summed, placeholders are no place`() async throws {
        try await ForwarderFixture.with { fixture in
            let socket = try fixture.gateway()
            let stats = [
                #"{"stat":{"rxnb":2,"rxok":1,"rxfw":2,"ackr":100.0,"dwnb":12,"txnb":1,"temp":31.4,"lati":48.2,"long":16.37}}"#,
                #"{"stat":{"rxnb":3,"ackr":null,"lati":0,"long":0}}"#,
                #"{"stat":{"lati":10,"long":20}}"#,
            ]
            for stat in stats { fixture.send(pushHeader + Array(stat.utf8), from: socket) }
            let status = try #require(
                fixture.board.snapshot().first { $0.id == GatewayID(forwarder: eui) })
            #expect(status.kind == .packetForwarder)
            #expect(status.lastSeen == ForwarderFixture.now)
            #expect(status.remoteAddress == "127.0.0.1")
            #expect(status.location == Location(latitude: 48.2, longitude: 16.37))
            #expect(status.statistics.received == 5)
            #expect(status.statistics.receivedWithValidCRC == 1)
            #expect(status.statistics.downlinksReceived == 12)
            #expect(status.statistics.acknowledgedPercent == 100)
            #expect(status.statistics.temperature == 31.4)
        }
    }

    @Test func `only PULL_DATA opens the way down`() async throws {
        try await ForwarderFixture.with { fixture in
            let now = ForwarderFixture.now.monotonic
            let socket = try fixture.gateway()
            fixture.send(pushHeader + Array("{}".utf8), from: socket)
            #expect(fixture.service.downlinks.path(to: eui, at: now) == nil)
            fixture.send(bytes(hex: "01 0001 02 0016c001ff10a1b2"), from: socket)
            let path = try #require(fixture.service.downlinks.path(to: eui, at: now))
            #expect(path.version == .v1)
            #expect(path.remote.ipAddress == "127.0.0.1")
            #expect(path.local == nil)
        }
    }

    @Test func `the way down closes after ninety seconds`() throws {
        let paths = DownlinkPaths()
        let opened = MonotonicInstant(nanoseconds: 1_000_000_000)
        let path = DownlinkPaths.Path(
            remote: try SocketAddress(ipAddress: "10.0.0.1", port: 1), version: .v2, openedAt: opened)
        #expect(paths.open(path, for: eui))
        #expect(paths.path(to: eui, at: MonotonicInstant(nanoseconds: 90_999_999_999)) == path)
        #expect(paths.path(to: eui, at: MonotonicInstant(nanoseconds: 91_000_000_000)) == nil)
    }

    @Test func `the table of ways down is bounded`() throws {
        let paths = DownlinkPaths()
        var path = DownlinkPaths.Path(
            remote: try SocketAddress(ipAddress: "10.0.0.1", port: 1), version: .v2,
            openedAt: MonotonicInstant(nanoseconds: 0))
        for number in 0..<DownlinkPaths.capacity {
            #expect(paths.open(path, for: EUI64(rawValue: UInt64(number))))
        }
        #expect(!paths.open(path, for: EUI64(rawValue: .max)))
        path.openedAt = MonotonicInstant(nanoseconds: 90_000_000_000)
        #expect(paths.open(path, for: EUI64(rawValue: .max)))
    }
}

@Suite struct `A socket bound to all addresses` {
    @Test(arguments: ["127.0.0.1", "127.0.0.2", "127.9.8.7"])
    func `answers from the IPv4 address that was asked`(_ address: String) async throws {
        try await ForwarderFixture.with(ForwarderOptions(host: "0.0.0.0", port: 0)) { fixture in
            let socket = try fixture.gateway(at: address)
            socket.send(bytes(hex: "02 0001 02 0016c001ff10a1b2"))
            #expect(socket.receive() == [2, 0, 1, 4])
            fixture.send(pushHeader, from: socket)
            let path = fixture.service.downlinks.path(to: eui, at: ForwarderFixture.now.monotonic)
            #expect(path?.local?.ipAddress == address)
        }
    }

    @Test(arguments: ["::1", "127.0.0.3"])
    func `answers from the IPv6 or mapped address that was asked`(_ address: String) async throws {
        // A host without IPv6 has nothing to test here.
        let loopback = try SocketAddress(ipAddress: "::1", port: 9)
        guard (try? ForwarderSocket(to: loopback)) != nil else { return }
        try await ForwarderFixture.with(ForwarderOptions(host: "::", port: 0)) { fixture in
            let socket = try fixture.gateway(at: address)
            socket.send(bytes(hex: "02 0001 02 0016c001ff10a1b2"))
            #expect(socket.receive() == [2, 0, 1, 4])
        }
    }

    @Test func `builds the control messages of ip(7) and ipv6(7)`() throws {
        let v4 = ReplySocket.packetInfo(try SocketAddress(ipAddress: "192.0.2.5", port: 0))
        // Length, level, type, interface, source, unused, filling.
        #expect(
            v4
                == bytes(hex: "1c00000000000000 00000000 08000000 00000000 c0000205 00000000 00000000"))
        let v6 = ReplySocket.packetInfo(try SocketAddress(ipAddress: "2001:db8::5", port: 0))
        // Length, level, type, source, interface, filling.
        #expect(
            v6
                == bytes(
                    hex: """
                        2400000000000000 29000000 32000000 20010db8000000000000000000000005 00000000 00000000
                        """))
    }
}
