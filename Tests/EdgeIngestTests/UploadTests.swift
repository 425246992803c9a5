import EdgeIngest
import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct UploadTests {
    private func spool(
        _ fixture: PipelineFixture, _ frames: [[UInt8]], id: String, gateway: String = "uploader",
        heardAt: Timestamp? = nil
    ) async throws {
        let batch = UploadBatch(
            name: UploadName(gateway: GatewayID(gateway), batchID: id),
            organization: StoreFixture.organization,
            sightings: frames.map {
                ForeignSighting(
                    serviceData: $0, rssi: RSSI(dBm: -50), heardAt: heardAt ?? fixture.now.wall,
                    clockQuality: .saved)
            }, rejections: [:])
        _ = try await fixture.store.store.spool(batch, at: fixture.now)
        fixture.queue.wake()
    }

    @Test func `one message heard here and uploaded there is one packet with two receptions`() async throws {
        try await PipelineFixture.with(before: { try await $0.register(1) { $0.key = Frames.key } }) {
            fixture in
            let frame = try Frames.counterMode("hello", counter: fixture.now.wall.day, sequence: 7)
            fixture.hear(frame)
            try await spool(fixture, [frame], id: "a")
            #expect(
                try await fixture.eventually {
                    let entries = try await fixture.packets(1)
                    let gateways = entries.flatMap { $0.packet.receptions.map(\.gateway.rawValue) }
                    return entries.count == 1 && Set(gateways) == ["gw-1", "uploader"]
                })
            #expect(try await fixture.store.store.uploadsWaiting() == 0)
        }
    }

    @Test func `what was heard weeks ago is opened with the keys of that day`() async throws {
        try await PipelineFixture.with(before: { try await $0.register(1) { $0.key = Frames.key } }) {
            fixture in
            let heard = fixture.now.wall.advanced(byMicroseconds: -20 * Timestamp.microsecondsPerDay)
            let frames = [
                try Frames.counterMode("right", counter: heard.day, sequence: 1),
                try Frames.counterMode("far off", counter: heard.day - 5, sequence: 2),
            ]
            try await spool(fixture, frames, id: "late", heardAt: heard)
            try await fixture.settle()
            let entries = try await fixture.packets(1)
            #expect(entries.map { String(decoding: $0.packet.payload, as: UTF8.self) } == ["right"])
            #expect(entries[0].packet.receivedAt == heard)
            #expect(try await fixture.store.store.rawFrameCount() == 1)
        }
    }

    @Test func `a part of a spool from before the start is taken at the start`() async throws {
        let clock = ManualClock()
        let frame = try Frames.counterMode("before", counter: clock.now.wall.day, sequence: 1)
        try await PipelineFixture.with(
            clock: clock,
            before: { store in
                try await store.register(1) { $0.key = Frames.key }
                let batch = UploadBatch(
                    name: UploadName(gateway: GatewayID("uploader"), batchID: "a"),
                    organization: StoreFixture.organization,
                    sightings: [
                        ForeignSighting(
                            serviceData: frame, rssi: nil, heardAt: clock.now.wall, clockQuality: .saved)
                    ], rejections: [:])
                _ = try await store.store.spool(batch, at: clock.now)
            }
        ) { fixture in
            let entries = try await fixture.packets(1)
            #expect(entries.count == 1)
        }
    }

    @Test func `who waits is told which packets came of a batch, and where none did`() async throws {
        let outcomes = UploadOutcomes()
        try await PipelineFixture.with(
            outcomes: outcomes, before: { try await $0.register(1) { $0.key = Frames.key } }
        ) { fixture in
            let day = fixture.now.wall.day
            let known = try Frames.counterMode("known", counter: day, sequence: 1)
            fixture.hear(known)
            let sequence = try #require(try await fixture.packets(1).first).sequence
            let stranger = try Frames.counterMode("stranger", key: Frames.shortKey, counter: day, sequence: 1)
            let fresh = try Frames.counterMode("fresh", counter: day, sequence: 2)
            let name = UploadName(gateway: GatewayID("uploader"), batchID: "decode")
            let found = try await outcomes.sequences(of: name, within: .seconds(20)) {
                try await spool(fixture, [known, stranger, fresh], id: "decode")
            }
            #expect(found == [sequence, nil, sequence + 1])
        }
    }

    @Test func `who waits for a pipeline that does not come is told after his time`() async throws {
        let outcomes = UploadOutcomes()
        let name = UploadName(gateway: GatewayID("uploader"), batchID: "never")
        let found = try await outcomes.sequences(of: name, within: .milliseconds(20)) {}
        #expect(found == nil)
    }

    @Test func `a flood of uploaded strangers is kept whole, as it was acknowledged`() async throws {
        try await PipelineFixture.with { fixture in
            let sealed = try Frames.counterMode("x", counter: fixture.now.wall.day, sequence: 1)
            // More than radios may bring at once.
            for part in 0..<22 {
                let frames = (0..<1_000).map { number in
                    var frame = sealed
                    (frame[2], frame[3], frame[4]) = (
                        UInt8(part), UInt8(number / 256), UInt8(truncatingIfNeeded: number)
                    )
                    return frame
                }
                try await spool(fixture, frames, id: "\(part)")
            }
            // Spooled after all the others.
            try await fixture.settle()
            #expect(try await fixture.store.store.rawFrameCount() == 22_000)
        }
    }
}
