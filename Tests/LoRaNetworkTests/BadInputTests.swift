import EdgeTestSupport
import LoRaNetwork
import LoRaWAN
import Testing

@Suite struct `Bad input calls for nothing` {
    @Test func `of devices, sessions, tokens and items that nobody knows`() throws {
        var server = NetworkServer<Int>(random: SeededGenerator(seed: 1))
        let now = NetworkInstant(nanoseconds: 5)
        let reception = UplinkReception(
            gateway: GatewayEUI(rawValue: 1), timestamp: 1, frequency: 868_100_000, dataRate: "SF7BW125",
            snr: 1, rssi: -1, receivedAt: now)
        let uplink = OpenedUplink(
            counter: FrameCounter(rawValue: 1), isCounterReset: false, isConfirmed: true,
            control: FrameControl(adrAckReq: true), fPort: 1, payload: [], commands: [])
        let state = UplinkSession(devAddr: address, keys: try keysV10())
        let settings = DeviceSettings(region: .eu868)
        let configured = server.handle(
            .configure(1, DeviceConfiguration(devEUI: DevEUI(rawValue: 7), settings: settings)), at: now)
        #expect(configured.isEmpty)
        func heard(_ device: Int) -> HeardUplink<Int> {
            HeardUplink(
                device: device, session: SessionID(rawValue: 3), uplink: uplink, state: state,
                isRepetition: false, reception: reception)
        }
        let events: [NetworkEvent<Int>] = [
            .uplink(heard(1)), .uplink(heard(2)), .timer, .remove(9), .clearNonces(9),
            .cancel(1, DownlinkItemID(rawValue: 1)), .cancel(9, DownlinkItemID(rawValue: 1)),
            .request(9, .devStatusReq), .transmitAck(TransmissionToken(rawValue: 1), .accepted),
            .transmitAck(TransmissionToken(rawValue: 0), .refused("TOO_LATE")),
            .rejoin(
                RejoinRequest(
                    .restore(JoinEUI(rawValue: 1)), devEUI: DevEUI(rawValue: 8), counter: 1, key: try key(1)),
                reception),
        ]
        for event in events { #expect(server.handle(event, at: now).isEmpty, "\(event)") }
        #expect(server.nextDeadline == nil)
    }

    @Test func `a device without a key is told of once, and gets nothing`() throws {
        var world = try world(joined: false)
        world.add(
            try #require(world.devices[1]), as: 1, settings: DeviceSettings(region: .eu868),
            rootKeys: RootKeys())
        world.join(1)
        world.run(seconds: 10)
        #expect(world.transmissions.isEmpty)
        #expect(world.notes.map(\.note) == [.joinRefused(.noKey, devNonce: world.devices[1]?.devNonce ?? 0)])
    }

    @Test func `frames with a bit wrong, old counters and cut commands`() throws {
        var world = try world(.v104)
        world.talk(5)
        let sent = try #require(world.devices[1]?.lastUplink)
        let accepted = world.accepted[1]
        let before = world.transmissions.count
        for bit in 0..<sent.bytes.count * 8 {
            var bytes = sent.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            world.hear(bytes, frequency: sent.frequency, dataRate: sent.dataRate)
        }
        world.run(seconds: 10)
        #expect(world.accepted[1] == accepted)
        #expect(world.transmissions.count == before)
        // A LinkADRAns that breaks off, and a command that nobody knows.
        world.devices[1]?.answers = [
            .other(MACCommand(identifier: 0x80, fields: [])),
            .other(MACCommand(identifier: 0x03, fields: [])),
        ]
        let radio = world.session?.radio
        world.talk(1)
        #expect(world.accepted[1] == (accepted ?? 0) + 1)
        #expect(world.session?.radio.channels == radio?.channels)
    }

    @Test func `figures that no radio has`() throws {
        var world = try world(.v104) { $0.rxDelay = 200 }
        for snr in [Double.infinity, -.infinity, .nan, 1e300, -1e300] {
            for index in world.forwarders.indices { world.forwarders[index].snr = snr }
            for _ in 0..<25 {
                world.uplink(1, isConfirmed: true, commands: [.linkCheckReq])
                world.run(seconds: 20)
            }
        }
        #expect(world.accepted[1] == 125)
        #expect(world.session?.radio.rxDelay == 15)
        #expect(world.violations == [])
    }

    @Test func `a forwarder whose counter jumps all the time is used, and loses to one that does not`() throws
    {
        var world = try world(.v104, forwarders: 2) { $0.adr.isOn = false }
        world.forwarders[0].snr = 9
        var second = 0
        for round in 0..<40 {
            world.forwarders[0].counterOffset &+= UInt32(truncatingIfNeeded: round) &* 700_000_000
            world.uplink(1, isConfirmed: true)
            world.run(seconds: 0.1)
            world.forwarders[0].counterOffset &+= 900_000_000
            world.run(seconds: 19)
            if world.transmissions.last?.gateway == world.forwarders[1].eui { second += 1 }
        }
        #expect(second == 40)
        #expect(world.devices[1]?.received.count { $0.isAck } == 40)
        #expect(world.violations == [])
    }
}
