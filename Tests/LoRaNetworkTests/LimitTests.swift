import EdgeTestSupport
import LoRaNetwork
import LoRaWAN
import Testing

extension World {
    fileprivate func refusals(_ kind: DownlinkRefusal) -> Int {
        count { if case .downlinkRefused(kind, _, _) = $0 { true } else { false } }
    }

    /// Microseconds that a gateway was on the air in a range of frequencies.
    fileprivate func airtime(_ gateway: Int, _ frequencies: ClosedRange<UInt32>) -> Int64 {
        transmissions.filter { $0.gateway == forwarders[gateway].eui && frequencies.contains($0.frequency) }
            .reduce(0) { sum, transmission in
                let rate = Region.eu868.parameters.dataRates.first { $0?.name == transmission.dataRate }
                return sum + (rate??.airtime(byteCount: transmission.phyPayload.count) ?? 0)
            }
    }
}

@Suite struct `What the law limits` {
    @Test func `a gateway's share of the hour is kept, RX2 is taken, then another gateway`() throws {
        var world = try world(.v104, forwarders: 2) { $0.adr.isOn = false }
        world.forwarders[0].snr = 9
        // At SF12 an acknowledgement takes about a second: 36 s an hour in RX1, 360 s in RX2.
        for _ in 0..<600 {
            world.uplink(1, isConfirmed: true)
            world.run(seconds: 3.9)
        }
        #expect(world.airtime(0, 868_000_000...868_600_000) <= 36_000_000)
        #expect(world.airtime(0, 868_000_000...868_600_000) > 30_000_000)
        #expect(world.airtime(0, 869_400_000...869_650_000) <= 360_000_000)
        #expect(world.airtime(1, 868_000_000...870_000_000) > 1_000_000)
        #expect(world.refusals(.dutyCycle) > 100)
        #expect(world.devices[1]?.received.count == 600)
        // An hour later there is room again.
        world.run(seconds: 3_660)
        let before = world.transmissions.count
        world.uplink(1, isConfirmed: true)
        world.run(seconds: 4)
        #expect(world.transmissions.count == before + 1)
        #expect(world.transmissions.last?.window == .rx1)
    }

    @Test func `nothing longer than the dwell time is sent`() throws {
        var world = try world(.v103, .as923Group1)
        world.talk(1)
        for id in 1...3 {
            let payload = [UInt8](repeating: 1, count: 8 + id)
            world.handle(
                .enqueue(
                    1, DownlinkItem(id: DownlinkItemID(rawValue: UInt64(id)), fPort: 1, payload: payload)))
        }
        world.talk(8)
        for transmission in world.transmissions.dropFirst() {
            let rate = Region.as923.parameters.dataRates.first { $0?.name == transmission.dataRate }
            #expect((rate??.airtime(byteCount: transmission.phyPayload.count) ?? .max) <= 400_000)
        }
        #expect(world.items.values.allSatisfy { $0.count == 1 })
    }
}

@Suite struct `Stored states` {
    private func sessions() throws -> [DeviceSession] {
        try LoRaWANVersion.allCases.flatMap { version in
            try Region.allCases.map { region in
                var world = try world(version, region) { settings in
                    settings.statusInterval = .seconds(60)
                    settings.maximumTries = 9
                    if region.parameters.isFixedPlan { settings.subBand = 1 }
                    settings.rejoin = .init(timeExponent: 3, countExponent: 4)
                }
                world.handle(
                    .enqueue(
                        1,
                        DownlinkItem(
                            id: DownlinkItemID(rawValue: 77), fPort: 1, payload: [1], isConfirmed: true)))
                world.talk(25)
                world.devices[1]?.session?.toAcknowledge = nil
                world.talk(1)
                return try #require(world.session)
            }
        }
    }

    @Test func `are read back as they were, but for counters that may have been used`() throws {
        for session in try sessions() {
            let bytes = session.encoded()
            #expect(bytes.count < 400)
            let again = try DeviceSession(decoding: bytes)
            #expect(again.encoded() == bytes)
            #expect(again.radio == session.radio)
            #expect(again.uplink == session.uplink)
            #expect(again.history == session.history)
            #expect(again.pending == session.pending)
            #expect(again.awaited == session.awaited)
            #expect(again.networkCounter.next == session.networkCounter.reserved)
            #expect(again.networkCounter.next >= session.networkCounter.next)
        }
    }

    @Test func `garbage is refused`() throws {
        var random = SeededGenerator(seed: 9)
        let session = try #require(try sessions().last)
        let bytes = session.encoded()
        for length in 0..<bytes.count {
            #expect(throws: StateError.self) { try DeviceSession(decoding: Array(bytes.prefix(length))) }
        }
        #expect(throws: StateError.self) { try DeviceSession(decoding: bytes + [0]) }
        for _ in 0..<5_000 {
            var damaged = bytes
            damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                in: 0...255, using: &random)
            if let read = try? DeviceSession(decoding: damaged) { _ = read.encoded() }
            _ = try? JoinState(decoding: random.bytes(count: Int.random(in: 0...40, using: &random)))
            _ = try? DeviceSession(decoding: random.bytes(count: Int.random(in: 0...200, using: &random)))
        }
    }

    @Test func `a join state keeps nonces, counters and the verified key`() throws {
        for version in LoRaWANVersion.allCases {
            var world = try world(version)
            for _ in 0..<5 {
                world.join(1)
                world.run(seconds: 20)
            }
            let state = try #require(world.server.joinState(of: 1))
            #expect(try JoinState(decoding: state.encoded()) == state)
            #expect(state.nextJoinNonce == 7)
            #expect(state.usedNonces.count == (version < .v104 ? 6 : 0))
            #expect(state.lastNonce == (version < .v104 ? nil : 6))
            #expect(throws: StateError.self) { try JoinState(decoding: state.encoded() + [1]) }
        }
    }
}
