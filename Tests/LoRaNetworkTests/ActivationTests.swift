import EdgeTestSupport
import LoRaNetwork
import LoRaWAN
import Testing

extension World {
    fileprivate var joinRefusals: [JoinRefusal] {
        notes.compactMap { if case .joinRefused(let refusal, _) = $0.note { refusal } else { nil } }
    }

    fileprivate var activations: [NetworkNote.Activation] {
        notes.compactMap { if case .joinAnswered(let activation) = $0.note { activation } else { nil } }
    }
}

@Suite struct `Activation` {
    @Test func `a join heard by five gateways is one join`() throws {
        let world = try world(forwarders: 5)
        #expect(world.activations.count == 1)
        #expect(world.transmissions.count == 1)
        #expect(world.transmissions.first?.window == .rx1)
        #expect(world.joinRefusals == [])
    }

    @Test func `both sessions are valid until the first uplink of the new one`() throws {
        var world = try world()
        world.talk(2)
        let old = try #require(world.devices[1])
        world.join(1)
        world.run(seconds: 8)
        let joined = try #require(world.devices[1])
        #expect(world.table.count == 2)
        // The device has not got its accept, and goes on with the old session.
        world.devices[1] = old
        world.talk(1)
        #expect(world.accepted[1] == 3)
        #expect(world.table.count == 2)
        world.devices[1] = joined
        world.talk(1)
        #expect(world.accepted[1] == 4)
        #expect(world.table.count == 1)
        world.devices[1] = old
        world.talk(1)
        #expect(world.accepted[1] == 4)
        #expect(world.storedSessions[1]?.count == 1)
    }

    @Test func `a replayed join-request is refused, and an operator can let it pass`() throws {
        for version in [LoRaWANVersion.v103, .v104, .v110] {
            var world = try world(version)
            let request = try #require(world.devices[1]?.lastUplink)
            world.talk(1)
            world.hear(request.bytes, frequency: request.frequency, dataRate: request.dataRate)
            world.run(seconds: 20)
            #expect(world.joinRefusals == [.nonceUsed])
            #expect(world.activations.count == 1)
            world.handle(.clearNonces(1))
            world.hear(request.bytes, frequency: request.frequency, dataRate: request.dataRate)
            world.run(seconds: 20)
            #expect(world.activations.count == 2)
            #expect(world.activations.map(\.session.rawValue) == [1, 2])
        }
    }

    @Test func `a DevNonce that went back is refused where nonces count`() throws {
        var world = try world(.v104)
        world.talk(1)
        world.devices[1]?.devNonce = 0
        world.join(1)
        world.run(seconds: 20)
        #expect(world.joinRefusals == [.nonceUsed])
    }

    @Test func `a foreign key is refused, a stranger only counted`() throws {
        var world = try world(joined: false)
        var stranger = EmulatedDevice(number: 1, appKey: try key(9))
        let forged = stranger.join(&world.random)
        world.hear(forged.bytes, frequency: forged.frequency, dataRate: forged.dataRate)
        world.run(seconds: 10)
        #expect(world.joinRefusals == [.micMismatch])
        #expect(world.transmissions.isEmpty)
        for _ in 0..<10_000 {
            let bytes = [0x00] + world.random.bytes(count: 22)
            world.hear(bytes, frequency: 868_100_000, dataRate: "SF12BW125")
        }
        let notes = world.notes.count
        world.run(seconds: 10)
        #expect(world.server.unknownJoins == 10_000)
        #expect(world.notes.count == notes)
        #expect(world.server.deviceCount == 1)
        #expect(world.server.nextDeadline == nil)
    }

    @Test func `bad MICs of a known device are noted once in ten seconds`() throws {
        var world = try world(joined: false)
        for number in 0..<1_000 {
            var bytes = JoinRequest(
                joinEUI: JoinEUI(rawValue: 1), devEUI: try #require(world.devices[1]?.devEUI),
                devNonce: UInt16(number), rootKey: try key(1)
            ).bytes
            bytes[20] ^= 1
            world.hear(bytes, frequency: 868_100_000, dataRate: "SF12BW125")
            world.run(seconds: 0.01)
        }
        #expect(world.joinRefusals.count <= 2)
        #expect(world.transmissions.isEmpty)
    }

    @Test(arguments: [0, 1])
    func `either half of a device key may be the root key, and is remembered`(_ half: Int) throws {
        var world = World(seed: 3)
        let halves = [try key(1), try key(2)]
        world.add(
            EmulatedDevice(number: 1, version: .v110, appKey: halves[half]), as: 1,
            settings: DeviceSettings(region: .eu868, version: .v110), rootKeys: RootKeys(candidates: halves))
        world.join(1)
        world.run(seconds: 8)
        world.talk(3, isConfirmed: true)
        #expect(world.accepted[1] == 3)
        #expect(world.server.joinState(of: 1)?.verifiedKey == UInt8(half))
        #expect(world.activations.first?.version != .v110)
    }

    @Test(arguments: [0, 1, 2] as [UInt8])
    func `rejoin-requests get a new session`(_ type: UInt8) throws {
        var world = try world(.v110) { $0.rxDelay = 2 }
        world.talk(6)
        let before = world.devices[1]?.session?.devAddr
        world.rejoin(1, type: type)
        world.run(seconds: 8)
        #expect(world.devices[1]?.session?.devAddr != before)
        world.talk(4, isConfirmed: true)
        #expect(world.activations.map(\.rejoinType) == [nil, type])
        #expect(world.accepted[1] == 10)
        #expect(world.table.count == 1)
        #expect(world.differences(1) == [])
        // The same once more is a replay.
        let request = try #require(world.devices[1]?.lastUplink)
        world.rejoin(1, type: type)
        world.run(seconds: 8)
        let again = try #require(world.devices[1]?.lastUplink)
        world.talk(1)
        world.hear(again.bytes, frequency: again.frequency, dataRate: again.dataRate)
        world.run(seconds: 20)
        #expect(world.activations.count == 3)
        #expect(again.bytes != request.bytes)
    }

    @Test func `a rejoin-request of another network is refused`() throws {
        var world = try world(.v110)
        world.talk(1)
        let foreign = world.devices[1]?.rejoin(type: 0, netID: NetID(rawValue: 5), &world.random)
        let sent = try #require(foreign)
        world.hear(sent.bytes, frequency: sent.frequency, dataRate: sent.dataRate)
        world.run(seconds: 8)
        #expect(world.joinRefusals == [.foreignNetwork])
    }

    @Test(
        arguments: [
            (0x00_0000, 0xFE00_0000, 0x0000_0000), (0x00_0013, 0xFE00_0000, 0x2600_0000),
            (0x20_0001, 0xFF00_0000, 0x8100_0000), (0x60_0001, 0xFFFE_0000, 0xE002_0000),
            (0xE0_0001, 0xFFFF_FF80, 0xFE00_0080),
        ] as [(UInt32, UInt32, UInt32)])
    func `addresses have the prefix of the NetID`(_ netID: UInt32, _ mask: UInt32, _ prefix: UInt32) throws {
        var world = World(seed: 8, netID: NetID(rawValue: netID))
        world.add(
            EmulatedDevice(number: 1, appKey: try key(1)), as: 1, settings: DeviceSettings(region: .eu868))
        world.join(1)
        world.run(seconds: 8)
        let devAddr = try #require(world.devices[1]?.session?.devAddr)
        #expect(devAddr.rawValue & mask == prefix)
    }

    @Test func `an ABP device needs no join, and may start again where that is allowed`() throws {
        var world = try world(joined: false) { $0.resetPolicy = .allow }
        world.personalize(1, devAddr: address, keys: try keysV10())
        world.talk(5, isConfirmed: true)
        world.devices[1]?.session = .init(devAddr: address, keys: try keysV10())
        world.devices[1]?.radio = EmulatedRadio(region: .eu868, version: .v103)
        world.talk(5, isConfirmed: true)
        #expect(world.accepted[1] == 10)
        #expect(world.count { $0 == .counterReset } == 1)
        #expect(world.differences(1) == [])
        #expect(world.violations == [])
    }

    @Test func `a device that is removed is a stranger`() throws {
        var world = try world()
        world.talk(1)
        world.handle(.remove(1))
        world.talk(1)
        #expect(world.accepted[1] == 1)
        world.join(1)
        world.run(seconds: 8)
        #expect(world.server.unknownJoins == 1)
    }

    @Test(arguments: LoRaWANVersion.allCases)
    func `kill -9 at any time uses no downlink counter twice, and forgets no nonce`(
        _ version: LoRaWANVersion
    ) throws {
        var world = try world(version)
        for round in 0..<120 {
            world.uplink(1, isConfirmed: true)
            if round % 5 == 0 {
                world.handle(
                    .enqueue(
                        1, DownlinkItem(id: DownlinkItemID(rawValue: UInt64(round)), fPort: 2, payload: [1])))
            }
            world.run(seconds: Double(round % 7) * 0.5 + 0.1)
            if round % 3 == 0 { try world.restart() }
            world.run(seconds: 10)
            if round == 60 {
                world.join(1)
                world.run(seconds: 8)
            }
        }
        #expect(world.violations == [])
        #expect(world.accepted[1] == 120)
        #expect(world.joinRefusals == [])
        #expect(world.activations.map(\.session.rawValue) == [1, 2])
        #expect((world.devices[1]?.received.count { $0.isAck } ?? 0) > 60)
    }
}
