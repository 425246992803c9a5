import EdgeModel
import EdgeStore
import Foundation
import GatewayTestSupport
import Testing

@Suite struct NetworkStoreTests {
    private func session(_ number: UInt32, counter: UInt32 = 1) -> LoRaWANSession {
        var summary = LoRaWANSession.Summary(
            activation: "OTAA", devAddr: 0x0102_0304, macVersion: "1.0.3", region: "eu868", deviceClass: "A",
            frameCounterDown: 0, receiveDelay: 1, receiveWindow2DataRate: 0,
            receiveWindow2Frequency: 869_525_000, channels: [868_100_000])
        summary.frameCounterUp = counter
        return LoRaWANSession(
            number: number,
            state: SecretBytes([UInt8(truncatingIfNeeded: counter)] + Array(repeating: 7, count: 99)),
            summary: summary)
    }

    private func downlink(
        _ id: String, _ device: RegisteredDevice, confirmed: Bool = false, priority: Int = 0
    )
        -> Downlink
    {
        Downlink(
            id: DownlinkID(id), device: device.device.id, fPort: 5, payload: [1, 2, 3],
            isConfirmed: confirmed,
            priority: priority, lifetime: .seconds(60),
            createdAt: BootMoment(boot: 1, at: ManualClock().now),
            progress: Downlink.Progress(state: .queued, changedAt: ManualClock.noon))
    }

    private func audit() -> AuditNote {
        AuditNote(.downlinkQueue, by: .gateway, at: ManualClock.noon, in: StoreFixture.organization)
    }

    private func enqueue(_ downlink: Downlink, _ fixture: StoreFixture) async throws {
        _ = try await fixture.store.enqueue(downlink, in: StoreFixture.organization, audit: audit())
    }

    @Test func `sessions and joins outlive a crash, sealed`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1, platform: .lorawan)
            var changes = NetworkChanges()
            changes.sessions[device.handle] = [3: session(3), 4: session(4, counter: 9)]
            changes.joins[device.handle] = SecretBytes(Array(repeating: 0xAB, count: 64))
            try await fixture.store.commit(changes)
            let again = try fixture.reopened()
            let state = try #require(try await again.networkState(of: [device.handle])[device.handle])
            #expect(state.sessions == [session(3), session(4, counter: 9)])
            #expect(state.joins?.bytes == Array(repeating: 0xAB, count: 64))
            let shown = try #require(
                try await again.sessionSummaries(of: device.device.id, in: StoreFixture.organization))
            #expect(shown.map(\.frameCounterUp) == [9, 1])
            for name in ["holdfast.db", "holdfast.db-wal"] {
                let file = try Data(contentsOf: fixture.directory.url.appending(path: name))
                #expect(file.firstRange(of: Data(repeating: 0xAB, count: 16)) == nil)
            }
        }
    }

    @Test func `a session that ended is gone, the others stay`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1, platform: .lorawan)
            var changes = NetworkChanges()
            changes.sessions[device.handle] = [3: session(3), 4: session(4)]
            try await fixture.store.commit(changes)
            var ending = NetworkChanges()
            ending.sessions[device.handle] = [3: nil]
            try await fixture.store.commit(ending)
            let state = try await fixture.store.networkState(of: [device.handle])[device.handle]
            #expect(state?.sessions.map(\.number) == [4])
        }
    }

    @Test func `downlinks wait by priority, then in their order, and finished ones come behind`() async throws
    {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1, platform: .lorawan)
            for (id, priority) in [("a", 0), ("b", 5), ("c", 0), ("d", 0)] {
                try await enqueue(downlink(id, device, priority: priority), fixture)
            }
            var changes = NetworkChanges()
            changes.downlinks[DownlinkID("a")] = Downlink.Progress(
                state: .sent, attempts: 1, frameCounter: 16, changedAt: ManualClock.noon)
            try await fixture.store.commit(changes)
            let all = try await fixture.store.downlinks(
                of: device.device.id, in: StoreFixture.organization)
            #expect(all?.map(\.id.rawValue) == ["b", "c", "d", "a"])
            #expect(all?.last?.progress.frameCounter == 16)
            let waiting = try await fixture.store.networkState(of: [device.handle])[device.handle]?.downlinks
            #expect(waiting?.map(\.id.rawValue) == ["b", "c", "d"])
            #expect(try await fixture.store.devicesWithDownlinks() == [device.handle])
        }
    }

    @Test func `what was cancelled stays cancelled, whatever the network server was about to do`()
        async throws
    {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1, platform: .lorawan)
            try await enqueue(downlink("a", device), fixture)
            let cancelled = try await fixture.store.cancelDownlinks(
                of: device.device.id, nil, in: StoreFixture.organization, audit: audit())
            #expect(cancelled?.cancelled == [DownlinkID("a")])
            var changes = NetworkChanges()
            changes.downlinks[DownlinkID("a")] = Downlink.Progress(state: .sent, changedAt: ManualClock.noon)
            try await fixture.store.commit(changes)
            let found = try await fixture.store.downlink(
                DownlinkID("a"), of: device.device.id, in: StoreFixture.organization)
            #expect(found?.progress.state == .cancelled)
        }
    }

    @Test func `the queue of a device has an end`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1, platform: .lorawan)
            for number in 0..<Store.downlinkLimit {
                try await enqueue(downlink("d\(number)", device), fixture)
            }
            await #expect(throws: EdgeError.self) { try await enqueue(downlink("more", device), fixture) }
            let elsewhere = try await fixture.store.enqueue(
                downlink("x", device), in: OrganizationID("org-2"), audit: audit())
            #expect(elsewhere == nil)
        }
    }

    @Test func `deleting a device takes its sessions, joins and downlinks with it`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1, platform: .lorawan)
            var changes = NetworkChanges()
            changes.sessions[device.handle] = [3: session(3)]
            changes.joins[device.handle] = SecretBytes([1])
            try await fixture.store.commit(changes)
            try await enqueue(downlink("a", device), fixture)
            _ = try await fixture.store.delete(
                [device.device.id], in: StoreFixture.organization, at: ManualClock.noon)
            // What the network server had still in hand comes too late.
            try await fixture.store.commit(changes)
            #expect(try await fixture.store.networkState(of: [device.handle]).isEmpty)
        }
    }

    @Test func `the frame log is read backwards by pages, and followed`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1, platform: .lorawan)
            var changes = NetworkChanges()
            for number in 1...5 {
                changes.frames.append(
                    (
                        device.handle,
                        LoggedFrame(
                            device: device.device.id, kind: .uplink, at: fixture.clock.now,
                            gateway: GatewayID("lora-aa555a0000000001"),
                            radio: LoggedFrame.Radio(
                                frequency: 868_100_000, dataRate: "SF7BW125", rssi: -80, snr: 5),
                            frame: [1, 2, 3], frameCounter: UInt32(number), fPort: 1,
                            commands: ["LinkCheckReq"])
                    ))
            }
            changes.frames.append(
                (nil, LoggedFrame(device: nil, kind: .event, at: fixture.clock.now, note: "x")))
            try await fixture.store.commit(changes)
            var query = LoggedFrameQuery(
                organization: StoreFixture.organization, device: device.device.id, limit: 2)
            let first = try await fixture.store.loggedFrames(query)
            #expect(first.map(\.frameCounter) == [5, 4])
            #expect(first.first?.commands == ["LinkCheckReq"])
            #expect(first.first?.device == device.device.id)
            query.place = first.last?.number
            #expect(try await fixture.store.loggedFrames(query).map(\.frameCounter) == [3, 2])
            query.follows = true
            query.place = 0
            #expect(try await fixture.store.loggedFrames(query).map(\.frameCounter) == [1, 2])
            let all = LoggedFrameQuery(organization: StoreFixture.organization, limit: 100)
            #expect(try await fixture.store.loggedFrames(all).count == 6)
        }
    }
}
