import EdgeModel
import EdgeSimulation
import EdgeTestSupport
import Logging
import NIOCore
import NIOPosix
import SemtechUDP
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct ForwarderTests {
    @Test func `every uplink arrives once and is acknowledged`() async throws {
        let uplinks = LoRaTraffic(SimulatedFleet(.init()), listener: 0).prefix(300).map { $0 }
        let server = ForwarderServer()
        let counts = try await run(uplinks, server: server)
        #expect(counts.uplinks == 300)
        #expect(counts.missing == 0)
        #expect(counts.acknowledged == server.pushes.count)
        let received = server.pushes.flatMap(\.packets)
        #expect(received.map(\.payload) == uplinks.map(\.value.payload))
        #expect(Set(server.pushes.map(\.token)).count == server.pushes.count)
        #expect(server.pullCount > 0)
    }

    @Test func `what the server does not acknowledge is counted as missing`() async throws {
        let uplinks = LoRaTraffic(SimulatedFleet(.init()), listener: 0).prefix(80).map { $0 }
        let server = ForwarderServer(ignoring: 5)
        let counts = try await run(uplinks, server: server, patience: .seconds(3))
        #expect(counts.missing == server.pushes.count / 5)
        #expect(counts.acknowledged == server.pushes.count - counts.missing)
    }

    @Test func `a captured conversation is replayed unchanged, as fast as it is acknowledged`() async throws {
        let capture = try DatagramCapture(Array(Vectors.data("gwmp-capture-1.jsonl")))
        let server = ForwarderServer()
        let result = Mutex(ForwarderCounts?.none)
        try await server.run { address in
            try await DatagramReplay(
                capture, server: address, pace: .unlimited, windowLimit: 4, patience: .seconds(30),
                clock: ContinuousClock(), logger: Logger(label: "test"),
                finished: { counts in result.withLock { $0 = counts } }
            ).run()
        }
        #expect(server.datagrams == capture.datagrams.map(\.value))
        let counts = try #require(result.withLock { $0 })
        #expect(counts.missing == 0)
        #expect(counts.acknowledged == server.pushes.count)
    }

    @Test func `a window gives up in time, and its tokens can be used again`() {
        let clock = JumpingClock()
        var window = AcknowledgementWindow<JumpingClock.Instant>(limit: 2, patience: .seconds(1))
        window.sent(1, at: clock.now)
        clock.advance(by: .milliseconds(600))
        window.sent(2, at: clock.now)
        #expect(!window.hasRoom)
        clock.advance(by: .milliseconds(600))
        window.expire(at: clock.now)
        #expect(window.hasRoom)
        #expect(window.missing == 1)
        let isLateOneTaken = window.acknowledge(1)
        #expect(!isLateOneTaken)
        window.acknowledge(2)
        #expect(window.acknowledged == 1)
        window.sent(3, at: clock.now)
        window.sent(3, at: clock.now)
        #expect(window.missing == 2)
    }

    private func run(
        _ uplinks: [Timed<ReceivedPacket>], server: ForwarderServer, patience: Duration = .seconds(30)
    ) async throws -> ForwarderCounts {
        let result = Mutex(ForwarderCounts?.none)
        try await server.run { address in
            var settings = SimulatedForwarder<PacedUplinks, ContinuousClock>.Settings(
                gateway: GatewayEUI(rawValue: 0x0016_C001_FF10_A1B2))
            settings.patience = patience
            settings.location = Location(latitude: 48.1, longitude: 11.5, altitude: 520)
            let paced = PacedUplinks(
                uplinks, pace: .unlimited, batchLimit: 50, clock: ContinuousClock())
            try await SimulatedForwarder(
                settings, server: address, uplinks: paced, clock: ContinuousClock(),
                logger: Logger(label: "test"), report: { counts in result.withLock { $0 = counts } }
            ).run()
        }
        return try #require(result.withLock { $0 })
    }
}

private typealias PacedUplinks = PacedSequence<[Timed<ReceivedPacket>], ReceivedPacket, ContinuousClock>
