import EdgeModel
import EdgeStore
import GatewayTestSupport
import LoRaNetwork
import LoRaWAN
import Testing

@testable import EdgeNetwork

@Suite struct NetworkServiceTests {
    private static func tellsOfTheStore(_ line: LoggedFrame) -> Bool {
        line.note?.contains("the store cannot be written") ?? false
    }

    private func counter(_ downlink: RadioDownlink) throws -> UInt16 {
        try DataFrame(decoding: downlink.payload).counter
    }

    @Test func `an acknowledgement leaves when its counter is on the disk`() async throws {
        try await NetworkFixture.with { fixture in
            let device = try await fixture.register()
            try fixture.uplink(0, of: device)
            #expect(try await fixture.hasSent(1))
            let stored = try #require(
                try await fixture.store.reopened().networkState(of: [device.handle])[device.handle])
            #expect(stored.sessions.first?.summary.frameCounterDown ?? 0 > 0)
        }
    }

    @Test func `an uplink is answered when it is on the disk, and not when it cannot be written`()
        async throws
    {
        try await NetworkFixture.with { fixture in
            let device = try await fixture.register()
            let demand = fixture.store.store.packetDemand
            let wanted = ChangeSignal()
            demand.onDemand { wanted.raise() }
            demand.hold()
            try fixture.uplink(0, of: device)
            await wanted.wait(after: 0)
            #expect(fixture.sent.all.isEmpty)
            demand.committed(through: demand.heldThrough)
            #expect(try await fixture.hasSent(1))
            demand.hold()
            try fixture.uplink(1, of: device)
            await wanted.wait(after: 1)
            demand.failed()
            #expect(
                try await fixture.eventually {
                    await fixture.service.changes.frames.contains { Self.tellsOfTheStore($0.1) }
                })
            #expect(fixture.sent.all.count == 1)
            // The line, and the counter, wait for the packet.
            #expect(try await !fixture.lines().contains(where: Self.tellsOfTheStore))
            demand.committed(through: demand.heldThrough)
            #expect(
                try await fixture.eventually {
                    try await fixture.lines().contains(where: Self.tellsOfTheStore)
                })
        }
    }

    @Test func `nothing is transmitted while the store cannot commit, and no counter is used twice`()
        async throws
    {
        try await NetworkFixture.with { fixture in
            let device = try await fixture.register()
            let downlink = try await fixture.queue("one", for: device)
            try fixture.block()
            for number in 0..<4 as Range<UInt32> {
                try fixture.uplink(number, of: device)
                #expect(
                    try await fixture.eventually(advancing: .zero) {
                        let frames = await fixture.service.changes.frames
                        return frames.count { Self.tellsOfTheStore($0.frame) } == 2 * (number + 1)
                    }, "what would have been sent in RX1 and in RX2 is noted")
            }
            #expect(fixture.sent.all.isEmpty)
            #expect(try await fixture.shown(downlink)?.state == .queued)
            try fixture.unblock()
            for number in 4..<6 as Range<UInt32> {
                let before = fixture.sent.all.count
                try fixture.uplink(number, of: device)
                #expect(try await fixture.hasSent(before + 1))
                fixture.link.offer(
                    .answered(
                        DownlinkAnswer(reference: fixture.sent.all[before].reference, outcome: .accepted)))
                #expect(
                    try await fixture.eventually(advancing: .zero) {
                        await fixture.service.server.queue(of: device.handle).isEmpty
                    })
            }
            let counters = try fixture.sent.all.map(counter)
            #expect(Set(counters).count == counters.count)
            // What could not be sent was not given up.
            #expect(try await fixture.eventually { try await fixture.shown(downlink)?.state == .sent })
            #expect(try await fixture.lines().contains(where: Self.tellsOfTheStore))
        }
    }

    @Test func `a store that cannot be read is an error, not another payload limit`() async throws {
        try await NetworkFixture.with { fixture in
            let device = try await fixture.register()
            #expect(try await fixture.service.payloadLimit(of: device.handle) == 242)
        }
        try await NetworkFixture.with { fixture in
            let device = try await fixture.register()
            try fixture.store.sql("ALTER TABLE lorawanJoin RENAME TO elsewhere")
            await #expect(throws: EdgeError.self) {
                try await fixture.service.payloadLimit(of: device.handle)
            }
            try fixture.store.sql("ALTER TABLE elsewhere RENAME TO lorawanJoin")
            #expect(try await fixture.service.payloadLimit(of: device.handle) == 242)
        }
    }

    @Test func `a cancelled downlink shows what was sent before and while it was taken back`() async throws {
        try await NetworkFixture.with { fixture in
            let device = try await fixture.register()
            let downlink = try await fixture.queue("one", for: device, isConfirmed: true)
            try fixture.uplink(0, of: device)
            #expect(try await fixture.hasSent(1))
            fixture.link.offer(
                .answered(DownlinkAnswer(reference: fixture.sent.all[0].reference, outcome: .accepted)))
            try fixture.uplink(1, of: device)
            #expect(try await fixture.hasSent(2))
            // The second is with the gateway when its owner takes it back.
            let (_, cancelled) = try #require(
                try await fixture.store.store.cancelDownlinks(
                    of: device.device.id, downlink.id, in: StoreFixture.organization,
                    audit: NetworkFixture.note(fixture.store)))
            #expect(cancelled == [downlink.id])
            fixture.link.offer(.cancelled(cancelled, device.handle))
            try await Task.sleep(for: .milliseconds(50))
            fixture.link.offer(
                .answered(DownlinkAnswer(reference: fixture.sent.all[1].reference, outcome: .accepted)))
            #expect(try await fixture.eventually { try await fixture.shown(downlink)?.attempts == 2 })
            let shown = try #require(try await fixture.shown(downlink))
            #expect(shown.state == .cancelled)
            let last = try counter(fixture.sent.all[1])
            #expect(shown.frameCounter == UInt32(last))
        }
    }

    @Test func `an acknowledged downlink keeps the counter that it was sent with`() async throws {
        try await NetworkFixture.with { fixture in
            let device = try await fixture.register()
            let downlink = try await fixture.queue("one", for: device, isConfirmed: true)
            try fixture.uplink(0, of: device)
            #expect(try await fixture.hasSent(1))
            fixture.link.offer(
                .answered(DownlinkAnswer(reference: fixture.sent.all[0].reference, outcome: .accepted)))
            #expect(try await fixture.eventually { try await fixture.shown(downlink)?.attempts == 1 })
            // Nobody acknowledges it: it is given up in the end.
            for number in 1..<5 as Range<UInt32> {
                let before = fixture.sent.all.count
                try fixture.uplink(number, of: device)
                #expect(try await fixture.hasSent(before + 1))
                fixture.link.offer(
                    .answered(
                        DownlinkAnswer(reference: fixture.sent.all[before].reference, outcome: .accepted)))
            }
            #expect(
                try await fixture.eventually { try await fixture.shown(downlink)?.state == .undelivered })
            let shown = try #require(try await fixture.shown(downlink))
            #expect(shown.attempts == 3)
            #expect(shown.frameCounter != nil)
        }
    }

    @Test func `a downlink whose gateway is away says so and waits`() async throws {
        try await NetworkFixture.with { fixture in
            let device = try await fixture.register()
            let downlink = try await fixture.queue("one", for: device)
            var answered = 0
            for number in 0..<4 as Range<UInt32> {
                try fixture.uplink(number, of: device, isConfirmed: false)
                // RX1, and then RX2.
                let isTried = try await fixture.eventually(advancing: .zero) {
                    for each in fixture.sent.all[answered...] {
                        answered += 1
                        fixture.link.offer(
                            .answered(DownlinkAnswer(reference: each.reference, outcome: .unreachable)))
                    }
                    return answered == 2 * (Int(number) + 1)
                }
                #expect(isTried)
            }
            #expect(
                try await fixture.eventually {
                    try await fixture.shown(downlink)?.reason?.contains("gateway is away") == true
                })
            #expect(try await fixture.shown(downlink)?.state == .queued)
        }
    }

    @Test func `uplinks that are refused are lines with the reason, and a flood of them is few`() async throws
    {
        try await NetworkFixture.with { fixture in
            let device = try await fixture.register()
            let sighting = NetworkFixture.sighting(
                try NetworkFixture.frame(7).bytes, at: fixture.store.clock.now)
            let frames = Array(
                repeating: try #require(RefusedFrame(.micMismatch, of: device.handle, sighting)), count: 1_000
            )
            fixture.link.offer(refused: frames)
            fixture.store.clock.advance(by: .seconds(30))
            let late = NetworkFixture.sighting(
                try NetworkFixture.frame(7).bytes, at: fixture.store.clock.now)
            let passed = try #require(RefusedFrame(.counterPassed(7), of: device.handle, late))
            fixture.link.offer(refused: [passed])
            #expect(try await fixture.eventually { try await fixture.lines().count == 6 })
            let lines = try await fixture.lines()
            #expect(lines.allSatisfy { $0.kind == .refused && $0.device == device.device.id })
            #expect(lines.first?.note == "its counter 7 was passed before (995 before it were not logged)")
            #expect(lines.first?.frameCounter == 7)
            #expect(lines.last?.note == "the MIC fits none of the keys of its DevAddr")
        }
    }

    @Test func `what a device sends that is no MAC command is shown beside those that are`() async throws {
        try await NetworkFixture.with { fixture in
            let device = try await fixture.register()
            let opened = OpenedUplinkMaker.cut()
            let heard = HeardFrame(
                .uplink(
                    device.handle, .personalized, opened,
                    .init(
                        devAddr: NetworkFixture.devAddr, keys: NetworkFixture.keys), isRepetition: false),
                of: NetworkFixture.sighting(try NetworkFixture.frame(0).bytes, at: fixture.store.clock.now))
            fixture.link.offer([try #require(heard)])
            #expect(try await fixture.eventually { try await !fixture.lines().isEmpty })
            let line = try #require(try await fixture.lines().last { $0.kind == .uplink })
            #expect(line.commands == ["LinkCheckReq"])
            #expect(line.note == "not understood of its MAC commands: 03")
        }
    }
}
