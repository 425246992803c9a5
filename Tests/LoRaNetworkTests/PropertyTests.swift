import EdgeTestSupport
import LoRaNetwork
import LoRaWAN
import Testing

/// Hours of traffic of many devices over lossy gateways, with restarts and changing settings.
@Suite struct `In any traffic` {
    @Test(arguments: [1, 2, 4] as [UInt64])
    func `no counter is used twice, confirmed uplinks are answered, both sides come to agree`(
        _ seed: UInt64
    ) throws {
        var world = World(seed: seed, forwarders: 3)
        let regions: [Region] = [.eu868, .us915, .as923Group1, .in865, .kr920, .au915]
        for number in 0..<24 {
            let version = LoRaWANVersion.allCases[number % 4]
            let region = regions[number % regions.count]
            var settings = DeviceSettings(
                region: region, version: version, deviceClass: number % 5 == 0 ? .c : .a)
            if region.parameters.isFixedPlan { settings.subBand = 1 + number % 8 }
            settings.resetPolicy = .refuse
            let device = EmulatedDevice(
                number: UInt64(number), version: version, region: region, appKey: try key(UInt8(number)),
                nwkKey: version == .v110 ? try key(UInt8(number + 100)) : nil)
            world.add(device, as: number, settings: settings)
        }
        world.airLoss = 0.1
        for index in world.forwarders.indices {
            world.forwarders[index].loss = 0.05
            world.forwarders[index].snr = Double(3 * index)
        }
        for number in 0..<24 { world.schedule(number, after: Int64(number) * 1_700_000) }
        world.schedule(1_000, after: 60_000_000)
        var failure: (any Error)?
        world.run(until: world.now + 2 * 3_600_000_000) { world, number in
            do { try act(&world, number) } catch { failure = error }
        }
        #expect(failure == nil)
        #expect(world.violations == [])
        #expect(world.accepted.values.reduce(0, +) > 4_000)
        quiesce(&world)
        for number in 0..<24 {
            #expect(world.differences(number) == [], "device \(number)")
        }
        #expect(world.violations == [])
        #expect(world.steps > 20_000)
    }

    /// One device's turn; number 1,000 is the operator's.
    private func act(_ world: inout World, _ number: Int) throws {
        guard number < 1_000 else {
            if Bool.random(using: &world.random) { try world.restart() }
            let device = Int.random(in: 0..<24, using: &world.random)
            let delay = UInt8.random(in: 1...3, using: &world.random)
            world.change(device) { settings in
                settings.rxDelay = delay
                settings.dutyCycleExponent = delay
                if !settings.region.parameters.isFixedPlan, settings.region == .eu868 {
                    settings.extraChannels = [867_100_000, 867_300_000, 867_500_000].suffix(Int(delay))
                }
            }
            world.schedule(1_000, after: 60_000_000)
            return
        }
        let dice = Int.random(in: 0..<100, using: &world.random)
        if world.devices[number]?.session == nil || dice == 0 {
            world.join(number)
        } else if dice < 10 {
            world.repeatUplink(number)
        } else {
            world.uplink(number, isConfirmed: dice < 50, commands: dice < 15 ? [.linkCheckReq] : [])
        }
        if dice > 80 {
            world.handle(
                .enqueue(
                    number,
                    DownlinkItem(
                        id: DownlinkItemID(rawValue: world.random.next() >> 16), fPort: 1, payload: [1, 2],
                        isConfirmed: dice > 90)))
        }
        world.schedule(number, after: Int64.random(in: 12_000_000...40_000_000, using: &world.random))
    }

    /// No losses any more: after a while there is nothing left to say.
    private func quiesce(_ world: inout World) {
        world.airLoss = 0
        for index in world.forwarders.indices { world.forwarders[index].loss = 0 }
        for number in 0..<24 where world.devices[number]?.session == nil {
            world.join(number)
            world.run(seconds: 8)
        }
        for _ in 0..<50 {
            for number in 0..<24 {
                world.uplink(number)
                world.run(seconds: 4)
            }
            world.run(seconds: 60)
        }
        // The last answer is in an uplink; nothing follows it.
        for number in 0..<24 {
            world.devices[number]?.adr = false
            for _ in 0..<4 {
                world.uplink(number)
                world.run(seconds: 10)
            }
        }
    }

    @Test func `every accepted confirmed uplink is acknowledged while a gateway is reachable`() throws {
        var world = try world(.v104, forwarders: 3) { $0.adr.isOn = true }
        world.airLoss = 0.05
        for round in 0..<1_500 {
            // One gateway is always there.
            for index in world.forwarders.indices {
                world.forwarders[index].isDead = index == round / 50 % 3
            }
            world.uplink(1, isConfirmed: true)
            world.run(seconds: 6)
            #expect(world.unanswered[1] == nil, "round \(round)")
        }
        #expect((world.accepted[1] ?? 0) > 1_400)
    }
}

/// Events that no world would bring, in any order.
@Suite struct `A million random events` {
    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func `leave the server bounded, and its counters used once`(_ seed: UInt64) throws {
        var chaos = try Chaos(seed: seed)
        for _ in 0..<Chaos.steps { chaos.step() }
        #expect(chaos.violations == [])
        #expect(chaos.transmitted > 1_000)
        #expect(chaos.settled > 1_000)
        // Nothing is kept for ever: a day later no timer is left.
        chaos.finish()
        #expect(chaos.server.nextDeadline == nil)
    }
}
