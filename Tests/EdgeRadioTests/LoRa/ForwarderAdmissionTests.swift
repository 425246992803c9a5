import EdgeModel
import EdgeTestSupport
import NIOCore
import Testing

@testable import EdgeRadio

@Suite struct `Admission of datagrams` {
    @Test func `a source has a burst and no more while the clock stands still`() async throws {
        var options = ForwarderOptions(host: "127.0.0.1", port: 0)
        options.limits.burst = 5
        options.limits.datagramsPerSecond = 1
        try await ForwarderFixture.with(options) { fixture in
            let socket = try fixture.gateway()
            for _ in 0..<20 { socket.send(bytes(hex: "02 0001 02 0016c001ff10a1b2")) }
            var replies = 0
            while socket.receive(milliseconds: 200) != nil { replies += 1 }
            #expect(replies == 5)
            #expect(fixture.metrics["edge_datagram_rejected_total{reason=rate_limited}"] == 15)
        }
    }

    @Test func `a gateway that is not on the list is counted, and gets no answer`() async throws {
        let options = ForwarderOptions(
            host: "127.0.0.1", port: 0, allowedGateways: [EUI64(rawValue: 0x0016_c001_ff10_a1b2)])
        try await ForwarderFixture.with(options) { fixture in
            let socket = try fixture.gateway()
            socket.send(bytes(hex: "02 0001 02 0016c001ff10a1b3"))
            socket.send(bytes(hex: "02 0002 02 0016c001ff10a1b2"))
            #expect(socket.receive() == [2, 0, 2, 4])
            fixture.settle(socket, as: "0016c001ff10a1b2")
            #expect(fixture.metrics["edge_datagram_rejected_total{reason=gateway_not_allowed}"] == 1)
            #expect(fixture.board.snapshot().map(\.id) == [GatewayID("lora-0016c001ff10a1b2")])
        }
    }

    private func seconds(_ value: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: UInt64(value * 1e9))
    }

    @Test func `a bucket fills again`() throws {
        var limits = ForwarderOptions.Limits()
        limits.burst = 2
        limits.datagramsPerSecond = 10
        var limiter = SourceLimiter(limits)
        let source = try SocketAddress(ipAddress: "10.0.0.1", port: 1)
        let admitted = [1, 1, 1, 1.1, 1.1, 60, 60, 60].map { limiter.admit(source, at: seconds($0)) }
        #expect(admitted == [true, true, false, true, false, true, true, false])
    }

    @Test func `ports and interface identifiers do not make another source`() throws {
        var limits = ForwarderOptions.Limits()
        limits.burst = 1
        var limiter = SourceLimiter(limits)
        let pairs = [
            ("10.0.0.1", "10.0.0.1"), ("2001:db8::1", "2001:db8::2"), ("192.0.2.1", "::ffff:192.0.2.1"),
        ]
        for (first, second) in pairs {
            let sources = [
                try SocketAddress(ipAddress: first, port: 1), try SocketAddress(ipAddress: second, port: 2),
            ]
            #expect(sources.map { limiter.admit($0, at: seconds(1)) } == [true, false])
        }
    }

    @Test func `a full table lets idle sources go, and newcomers share`() throws {
        var limits = ForwarderOptions.Limits()
        limits.burst = 1
        limits.datagramsPerSecond = 1
        limits.sources = 2
        var limiter = SourceLimiter(limits)
        func admit(_ host: Int, _ time: Double) throws -> Bool {
            limiter.admit(try SocketAddress(ipAddress: "10.0.0.\(host)", port: 1), at: seconds(time))
        }
        #expect(try admit(1, 10) && admit(2, 10))
        #expect(try admit(3, 10.1))
        #expect(try !admit(4, 10.1))
        #expect(try admit(4, 12) && !admit(4, 12))
        #expect(try admit(5, 12))
    }
}
