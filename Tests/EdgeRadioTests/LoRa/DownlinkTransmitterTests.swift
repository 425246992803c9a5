import EdgeModel
import EdgeRadio
import EdgeTestSupport
import SemtechUDP
import Synchronization
import Testing

private let gateway = EUI64(rawValue: 0x0016_c001_ff10_a1b2)

private func downlink(_ reference: UInt64, timing: RadioDownlink.Timing = .counter(5_000_000))
    -> RadioDownlink
{
    RadioDownlink(
        reference: reference, gateway: gateway, timing: timing, frequency: 868_100_000,
        dataRate: "SF7BW125", power: 14, payload: [0x60, 1, 2, 3, 4, 0, 0, 0, 9, 9, 9, 9])
}

@Suite struct `The downlink transmitter` {
    private func with(
        version: UInt8 = 2, _ body: (ForwarderFixture, ForwarderSocket, Answers) async throws -> Void
    ) async throws {
        let answers = Answers()
        try await ForwarderFixture.with(answered: { answers.add($0) }) { fixture in
            let socket = try fixture.gateway()
            socket.send(bytes(hex: "0\(version) 0001 02 0016c001ff10a1b2"))
            #expect(socket.receive() != nil)
            fixture.settle(socket)
            try await body(fixture, socket, answers)
        }
    }

    @Test func `sends a whole txpk to where the gateway pulled from`() async throws {
        try await with { fixture, socket, _ in
            fixture.service.transmitter.send(downlink(7))
            let response = try PullResponse(decoding: try #require(socket.receive()))
            #expect(response.version == .v2)
            #expect(response.packet.timing == .counter(5_000_000))
            #expect(response.packet.frequency == 868_100_000)
            #expect(response.packet.power == 14)
            #expect(response.packet.omitsCRC)
            #expect(response.packet.payload == downlink(7).payload)
            guard case .lora(7, 125, "4/5", true) = response.packet.modulation else {
                Issue.record("\(response.packet.modulation)")
                return
            }
        }
    }

    @Test(arguments: [
        ("", DownlinkAnswer.Outcome.accepted), ("00", .accepted),
        (#"{"txpk_ack":{"error":"TOO_LATE"}}"#, .refused("TOO_LATE")),
        (#"{"txpk_ack":{"warn":"TX_POWER","value":20}}"#, .accepted),
    ])
    func `passes on what the gateway answers, once`(_ row: (json: String, outcome: DownlinkAnswer.Outcome))
        async throws
    {
        try await with { fixture, socket, answers in
            fixture.service.transmitter.send(downlink(9))
            let token = try PullResponse(decoding: try #require(socket.receive())).token
            let body = row.json == "00" ? [0] : Array(row.json.utf8)
            let ack =
                [2, UInt8(token >> 8), UInt8(token & 0xFF), 5] + bytes(hex: "0016c001ff10a1b2") + body
            fixture.send(ack, from: socket)
            fixture.send(ack, from: socket)
            #expect(answers.all == [DownlinkAnswer(reference: 9, outcome: row.outcome)])
        }
    }

    @Test func `an answer of another gateway is none`() async throws {
        try await with { fixture, socket, answers in
            fixture.service.transmitter.send(downlink(9))
            let token = try PullResponse(decoding: try #require(socket.receive())).token
            fixture.send(
                [2, UInt8(token >> 8), UInt8(token & 0xFF), 5] + bytes(hex: "0016c001ff10a1b3"), from: socket)
            #expect(answers.all.isEmpty)
        }
    }

    @Test func `a gateway of version 1 never answers, so that sending is all there is`() async throws {
        try await with(version: 1) { fixture, socket, answers in
            fixture.service.transmitter.send(downlink(3, timing: .immediately))
            let response = try PullResponse(decoding: try #require(socket.receive()))
            #expect(response.version == .v1)
            #expect(response.packet.timing == .immediately)
            fixture.settle(socket)
            #expect(answers.all == [DownlinkAnswer(reference: 3, outcome: .accepted)])
        }
    }

    @Test func `without a path the answer is at once that there is none`() async throws {
        let answers = Answers()
        try await ForwarderFixture.with(answered: { answers.add($0) }) { fixture in
            fixture.service.transmitter.send(downlink(5))
            #expect(answers.all == [DownlinkAnswer(reference: 5, outcome: .unreachable)])
        }
    }
}

private final class Answers: Sendable {
    private let answers = Mutex<[DownlinkAnswer]>([])

    func add(_ answer: DownlinkAnswer) { answers.withLock { $0.append(answer) } }

    var all: [DownlinkAnswer] { answers.withLock { $0 } }
}
