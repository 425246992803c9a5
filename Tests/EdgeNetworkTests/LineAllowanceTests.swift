import EdgeModel
import EdgeStore
import GatewayTestSupport
import LoRaNetwork
import LoRaWAN
import Testing

@testable import EdgeNetwork

@Suite struct LineAllowanceTests {
    private func instant(_ seconds: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: UInt64(seconds * 1e9))
    }

    @Test func `a device has its burst, then what it earns, and the rest is counted`() {
        var allowance = LineAllowance(
            each: .init(burst: 3, sustained: 0.5), all: .init(burst: 100, sustained: 100))
        let first = (0..<10).map { _ in allowance.admit(nil, at: instant(1)) }
        #expect(first == [0, 0, 0] + Array(repeating: nil, count: 7))
        #expect(allowance.admit(nil, at: instant(2)) == nil)
        #expect(allowance.admit(nil, at: instant(3)) == 8)
        #expect(allowance.withheld == 8)
    }

    @Test func `all devices together have a limit of their own`() async throws {
        try await StoreFixture.with { fixture in
            var devices: [DeviceHandle] = []
            for number in 1...6 as ClosedRange<UInt64> {
                devices.append(try await fixture.register(number).handle)
            }
            var allowance = LineAllowance(
                each: .init(burst: 3, sustained: 1), all: .init(burst: 4, sustained: 1))
            let told = devices.count { allowance.admit($0, at: instant(1)) != nil }
            #expect(told == 4)
            #expect(allowance.admit(devices[5], at: instant(2)) == 1)
        }
    }

    @Test func `frames beyond the room of the link are dropped and counted, the oldest stay`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1, platform: .lorawan)
            let link = NetworkLink {}
            func heard(_ nonce: UInt16) throws -> HeardFrame {
                let request = JoinRequest(
                    joinEUI: JoinEUI(rawValue: 1), devEUI: DevEUI(rawValue: 1), devNonce: nonce,
                    rootKey: AESKey(0..<16)!)
                return try #require(
                    HeardFrame(
                        .joinRequest(device.handle, request),
                        of: NetworkFixture.sighting(request.bytes, at: fixture.clock.now)))
            }
            link.offer(Array(repeating: try heard(1), count: NetworkLink.capacity - 1))
            link.offer([try heard(2), try heard(3), try heard(4)])
            #expect(link.dropped == 2)
            let work = link.take()
            #expect(work.count == NetworkLink.capacity)
            guard case .heard(let last)? = work.last, case .joinRequest(_, let request) = last.content else {
                Issue.record("no frame")
                return
            }
            #expect(request.devNonce == 2)
            link.offer([try heard(5)])
            #expect(link.take().count == 1)
        }
    }

    @Test func `what waits is taken a piece at a time, in order, and makes room`() throws {
        let link = NetworkLink {}
        func nonces(_ work: [NetworkWork]) -> [UInt64] {
            work.compactMap { if case .answered(let answer) = $0 { answer.reference } else { nil } }
        }
        for reference in 1...5 as ClosedRange<UInt64> {
            link.offer(.answered(DownlinkAnswer(reference: reference, outcome: .accepted)))
        }
        #expect(nonces(link.take(atMost: 2)) == [1, 2])
        #expect(nonces(link.take(atMost: 2)) == [3, 4])
        #expect(nonces(link.take(atMost: 2)) == [5])
        #expect(link.take().isEmpty)
    }

    @Test func `what could not be written goes before what came after it`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1, platform: .lorawan)
            func line(_ note: String) -> (DeviceHandle?, LoggedFrame) {
                (device.handle, LoggedFrame(device: nil, kind: .event, at: fixture.clock.now, note: note))
            }
            var first = NetworkChanges()
            first.frames = [line("a"), line("b")]
            first.sessions[device.handle] = [1: nil]
            first.joins[device.handle] = SecretBytes([1])
            var later = NetworkChanges()
            later.frames = [line("c")]
            later.sessions[device.handle] = [2: nil]
            later.joins[device.handle] = SecretBytes([2])
            let all = first.followed(by: later)
            #expect(all.frames.map(\.frame.note) == ["a", "b", "c"])
            #expect(all.sessions[device.handle]?.keys.sorted() == [1, 2])
            #expect(all.joins[device.handle]?.bytes == [2])
            for _ in 0..<5_000 { later.frames.append(line("d")) }
            #expect(first.followed(by: later).frames.count == NetworkChanges.lineLimit)
        }
    }
}

/// An uplink with one command, and a piece of another.
enum OpenedUplinkMaker {
    static func cut() -> OpenedUplink {
        OpenedUplink(
            counter: FrameCounter(rawValue: 0), isCounterReset: false, isConfirmed: false,
            control: FrameControl(), fPort: 1, payload: [1],
            commands: [MACCommand(identifier: 2, fields: [])], unreadCommands: [3])
    }
}
