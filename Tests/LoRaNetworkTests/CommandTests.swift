import EdgeTestSupport
import LoRaNetwork
import LoRaWAN
import Testing

extension World {
    /// Uplinks twenty seconds apart.
    mutating func talk(_ count: Int, every seconds: Double = 20, isConfirmed: Bool = false) {
        for _ in 0..<count {
            uplink(1, isConfirmed: isConfirmed)
            run(seconds: seconds)
        }
    }

    /// Uplinks until one is not answered any more.
    mutating func settle() {
        for _ in 0..<60 {
            let before = transmissions.count
            uplink(1)
            run(seconds: 20)
            if transmissions.count == before { return }
        }
    }

    var session: DeviceSession? { server.sessions(of: 1).first }
}

@Suite struct `MAC commands` {
    @Test func `settings reach the device, and the session changes when it confirms`() throws {
        var world = try world(.v104)
        world.talk(2)
        world.change(1) { settings in
            settings.rxDelay = 5
            settings.rx1Offset = 2
            settings.rx2DataRate = 3
            settings.rx2Frequency = 869_525_000
            settings.extraChannels = [867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000]
            settings.dutyCycleExponent = 4
        }
        #expect(world.session?.radio.rxDelay == 1)
        world.uplink(1)
        world.run(seconds: 20)
        // Told, but not confirmed yet.
        #expect(world.devices[1]?.radio.rxDelay == 5)
        #expect(world.session?.radio.rxDelay == 1)
        world.talk(12)
        #expect(world.session?.radio.rxDelay == 5)
        #expect(world.session?.radio.rx1Offset == 2)
        #expect(world.session?.radio.channels.count == 8)
        #expect(world.session?.radio.dutyCycleExponent == 4)
        world.settle()
        #expect(world.differences(1) == [])
    }

    @Test func `channels are taken away again`() throws {
        var world = try world { $0.extraChannels = [867_100_000, 867_300_000] }
        world.talk(3)
        #expect(world.session?.radio.channels.count == 5)
        world.change(1) { $0.extraChannels = [867_500_000] }
        world.talk(8)
        #expect(
            world.session?.radio.channels.map(\.frequency) == [
                868_100_000, 868_300_000, 868_500_000, 867_500_000,
            ])
        world.settle()
        #expect(world.differences(1) == [])
    }

    @Test(arguments: [Region.us915, .au915], LoRaWANVersion.allCases)
    func `a fixed plan is narrowed to the sub-band, with or without a CFList`(
        _ region: Region, _ version: LoRaWANVersion
    ) throws {
        var world = try world(version, region) { $0.subBand = 2 }
        world.talk(10)
        #expect(world.devices[1]?.radio.enabled == Set(Array(8..<16) + [65]))
        world.change(1) { $0.subBand = 7 }
        world.talk(10)
        #expect(world.devices[1]?.radio.enabled == Set(Array(48..<56) + [70]))
        world.settle()
        #expect(world.differences(1) == [])
    }

    @Test func `an AS923 device is told its dwell time`() throws {
        var world = try world(.v103, .as923Group2) {
            $0.dwell = .init(limitsUplinks: false, limitsDownlinks: false, maximumEIRP: 5)
        }
        world.talk(5)
        #expect(world.devices[1]?.radio.limitsUplinkDwell == false)
        #expect(world.session?.radio.limitsDownlinkDwell == false)
        world.settle()
        #expect(world.differences(1) == [])
    }

    @Test func `LinkCheckReq and DeviceTimeReq are answered`() throws {
        var world = try world(forwarders: 3)
        world.forwarders[1].snr = 7.5
        world.uplink(1, commands: [.linkCheckReq, .deviceTimeReq])
        let endedAt = world.now
        world.run(seconds: 5)
        let commands = world.devices[1]?.received.last?.commands ?? []
        guard case .linkCheckAns(let margin, let count)? = commands.first,
            case .deviceTimeAns(let seconds, _)? = commands.last
        else {
            Issue.record("\(commands)")
            return
        }
        #expect(count == 3)
        // SF12 needs -20 dB.
        #expect((26...28).contains(margin))
        let unix = 1_790_000_000 + endedAt / 1_000_000
        #expect(Int64(seconds) == unix - 315_964_800 + 18)
    }

    @Test func `DeviceTimeAns takes the gateway's GPS, and is left out without any clock`() throws {
        for (gps, wall, expected) in [
            (1_400_000_000_500, nil, 1_400_000_000), (nil, nil, nil),
        ] as [(UInt64?, Int64?, UInt32?)] {
            var server = NetworkServer<Int>(random: SeededGenerator(seed: 1))
            let settings = DeviceSettings(region: .eu868)
            let session = DeviceSession(personalized: address, keys: try keysV10(), settings: settings)
            let start = NetworkInstant(nanoseconds: 0)
            _ = server.handle(
                .configure(1, DeviceConfiguration(devEUI: nil, settings: settings, sessions: [session])),
                at: start)
            var table = SessionTable<Int>()
            table.install(session.uplink, id: session.id, for: 1)
            let frame = try uplink(0, keys: try keysV10(), fOpts: [0x0D])
            guard case .authenticated(_, _, .accepted(let opened)) = table.receive(frame),
                let state = table[device: 1]
            else {
                Issue.record("not accepted")
                return
            }
            let reception = UplinkReception(
                gateway: GatewayEUI(rawValue: 1), timestamp: 0, frequency: 868_100_000, dataRate: "SF7BW125",
                snr: 1, rssi: -1, receivedAt: start, gpsMilliseconds: gps, wallMicroseconds: wall)
            var actions = server.handle(
                .uplink(
                    HeardUplink(
                        device: 1, session: session.id, uplink: opened, state: state, isRepetition: false,
                        reception: reception)), at: start)
            actions += server.handle(.timer, at: start + .milliseconds(200))
            let sent = actions.compactMap { action -> UInt32? in
                guard case .note(_, .commandsSent(let commands)) = action,
                    case .deviceTimeAns(let seconds, let fraction)? = commands.first
                else { return nil }
                #expect(fraction == 128)
                return seconds
            }
            #expect(sent == (expected.map { [$0] } ?? []))
        }
    }

    @Test func `the battery is asked for at the interval`() throws {
        var world = try world { $0.statusInterval = .seconds(3_600) }
        world.talk(180, every: 60)
        #expect(world.session?.battery == 200)
        #expect(world.session?.margin == -7)
        let reports = world.count { if case .statusReported = $0 { true } else { false } }
        #expect((3...4).contains(reports))
    }

    @Test func `a request that a device refuses is not repeated until its settings change`() throws {
        var world = try world(.v103, .us915)
        world.talk(2)
        // A fixed plan has no channels to add: the emulated device refuses.
        world.handle(
            .request(
                1,
                .newChannelReq(
                    .init(index: 3, frequency: 902_500_000, minimumDataRate: 0, maximumDataRate: 3))))
        world.talk(6)
        let asked = world.count {
            if case .commandsSent(let commands) = $0 {
                commands.contains { $0.identifier == 0x07 }
            } else {
                false
            }
        }
        #expect(asked == 1)
        world.settle()
        #expect(world.differences(1) == [])
    }

    @Test func `a device of 1.1 is told its rejoin period, and to rejoin`() throws {
        var world = try world(.v110)
        world.talk(2)
        world.change(1) { $0.rejoin = .init(timeExponent: 3, countExponent: 4) }
        #expect(world.session?.radio.rejoin == nil)
        world.talk(3)
        #expect(world.session?.radio.rejoin == .init(timeExponent: 3, countExponent: 4))
        let order = DownlinkCommand.forceRejoinReq(.init(period: 1, maximumRetries: 2, type: 2, dataRate: 3))
        #expect(world.server.refusal(of: order, to: 1) == nil)
        world.handle(.request(1, order))
        #expect(world.server.requests(of: 1) == [order])
        let before = world.devices[1]?.received.count ?? 0
        world.talk(2)
        let told = world.devices[1]?.received.dropFirst(before).flatMap(\.commands).filter { $0 == order }
        #expect(told == [order])
        #expect(world.server.requests(of: 1) == [])
    }

    @Test func `what a device cannot do is refused before it is asked`() throws {
        let rejoin = DownlinkCommand.forceRejoinReq(.init(period: 0, maximumRetries: 0, type: 0, dataRate: 0))
        var world = try world()
        #expect(world.server.refusal(of: rejoin, to: 1) == .otherVersion)
        #expect(world.server.refusal(of: .devStatusReq, to: 2) == .notActivated)
        #expect(
            world.server.refusal(of: .dlChannelReq(index: 3, frequency: 868_100_000), to: 1) == .noChannel)
        #expect(
            world.server.refusal(of: .dlChannelReq(index: 2, frequency: 902_300_000), to: 1)
                == .outOfBand(863_000_000...870_000_000))
        for index in 0..<3 as Range<UInt8> {
            world.handle(.request(1, .dlChannelReq(index: index, frequency: 868_100_000)))
        }
        world.handle(.request(1, .devStatusReq))
        #expect(world.server.refusal(of: .devStatusReq, to: 1) == nil)
        #expect(
            world.server.refusal(of: .dlChannelReq(index: 0, frequency: 868_300_000), to: 1)
                == .tooMany(limit: 4))
        let fixed = try LoRaNetworkTests.world(.v103, .us915)
        #expect(
            fixed.server.refusal(of: .dlChannelReq(index: 0, frequency: 923_300_000), to: 1) == .fixedPlan)
    }

    @Test func `an operator's DlChannelReq moves RX1`() throws {
        var world = try world { $0.extraChannels = [867_100_000] }
        world.handle(.request(1, .dlChannelReq(index: 0, frequency: 868_300_000)))
        world.talk(30, isConfirmed: true)
        #expect(world.devices[1]?.radio.downlinks == [0: 868_300_000])
        #expect(world.session?.radio.channels[0].downlinkFrequency == 868_300_000)
        #expect(world.devices[1]?.received.count { $0.isAck } == 30)
    }

    @Test func `RXTimingSetupAns is repeated until a downlink comes, and gets one`() throws {
        var world = try world()
        world.talk(2)
        world.change(1) { $0.rxDelay = 3 }
        world.uplink(1)
        world.run(seconds: 20)
        #expect(world.devices[1]?.stickyAnswers == [.rxTimingSetupAns])
        let before = world.devices[1]?.received.count ?? 0
        world.talk(1)
        #expect(world.devices[1]?.received.count == before + 1)
        #expect(world.devices[1]?.stickyAnswers == [])
    }

    @Test func `an ABP device of 1.1 that starts again is reset`() throws {
        var world = try world(.v110, joined: false)
        world.personalize(1, devAddr: address, keys: try keysV11())
        world.talk(2)
        world.change(1) { $0.dutyCycleExponent = 3 }
        world.talk(4)
        #expect(world.session?.radio.dutyCycleExponent == 3)
        world.devices[1]?.radio = EmulatedRadio(region: .eu868, version: .v110)
        world.uplink(1, commands: [.resetInd(minor: 1)])
        world.run(seconds: 10)
        #expect(world.devices[1]?.received.last?.commands.contains(.resetConf(minor: 1)) == true)
        world.talk(4)
        world.settle()
        #expect(world.differences(1) == [])
    }

    @Test func `DeviceModeInd makes a 1.1 device class C`() throws {
        var world = try world(.v110) { $0.deviceClass = .c }
        world.talk(1)
        world.uplink(1, commands: [.deviceModeInd(deviceClass: 2)])
        world.run(seconds: 10)
        #expect(world.devices[1]?.received.last?.commands.contains(.deviceModeConf(deviceClass: 2)) == true)
        world.handle(.enqueue(1, DownlinkItem(id: DownlinkItemID(rawValue: 1), fPort: 3, payload: [9])))
        world.run(seconds: 5)
        #expect(world.transmissions.last?.window == .rxC)
        #expect(world.devices[1]?.received.last?.payload == [9])
    }

    @Test func `more than fifteen bytes travel on port 0`() throws {
        var world = try world(.v104) { $0.statusInterval = .seconds(10) }
        world.talk(1)
        world.change(1) { settings in
            settings.rxDelay = 2
            settings.rx1Offset = 1
            settings.extraChannels = [867_100_000, 867_300_000, 867_500_000]
        }
        world.talk(1)
        #expect(world.devices[1]?.received.last?.fPort == 0)
        #expect((world.devices[1]?.received.last?.commands.count ?? 0) >= 5)
        world.talk(8)
        world.settle()
        #expect(world.differences(1) == [])
    }

    @Test func `ADR brings a strong device to its fastest data rate and less power, and stops there`() throws
    {
        var world = try world(.v104)
        world.forwarders[0].snr = 2.5
        world.talk(60)
        #expect(world.devices[1]?.radio.dataRate == 5)
        #expect(world.devices[1]?.radio.power == 0)
        world.forwarders[0].snr = 12
        world.talk(60)
        #expect((world.devices[1]?.radio.power ?? 0) >= 2)
        world.settle()
        #expect(world.differences(1) == [])
        let sent = world.transmissions.count
        world.talk(40)
        #expect(world.transmissions.count - sent <= 2)
        // Worse again: more power, and the device itself goes slower.
        world.forwarders[0].snr = -6
        world.talk(120)
        #expect(world.devices[1]?.radio.power == 0)
        world.settle()
        #expect(world.differences(1) == [])
    }

    @Test func `ADR stays within the limits of the settings and of what the device accepts`() throws {
        var world = try world(.v104) { $0.adr = .init(dataRates: 1...4, powerIndices: 0...2) }
        world.forwarders[0].snr = 20
        world.devices[1]?.fastest = 3
        world.talk(80)
        #expect(world.devices[1]?.radio.dataRate == 3)
        #expect(world.session?.maximumDataRate == 3)
        #expect(world.devices[1]?.radio.power == 2)
        world.settle()
        #expect(world.differences(1) == [])
    }

    @Test func `without its ADR bit a device is left alone`() throws {
        var world = try world(.v104)
        world.devices[1]?.adr = false
        world.talk(40)
        #expect(world.devices[1]?.radio.dataRate == 0)
        #expect(world.transmissions.count == 1)
    }

    @Test func `ADRACKReq gets a sign of life`() throws {
        var world = try world { $0.adr.isOn = false }
        world.talk(3)
        let before = world.devices[1]?.received.count ?? 0
        world.uplink(1, adrAckReq: true)
        world.run(seconds: 5)
        #expect(world.devices[1]?.received.count == before + 1)
    }

    @Test func `NbTrans follows the loss`() throws {
        var world = try world(.v104, seed: 4)
        world.airLoss = 0.4
        world.talk(150)
        #expect((world.session?.radio.repetitions ?? 0) >= 2)
        world.airLoss = 0
        world.talk(60)
        #expect(world.devices[1]?.radio.repetitions == 1)
        world.settle()
        #expect(world.differences(1) == [])
    }
}
