import LoRaNetwork
import LoRaWAN
import Testing

private let one = DownlinkItemID(rawValue: 1)

private func item(_ payload: [UInt8] = [0xAA], isConfirmed: Bool = false) -> DownlinkItem {
    DownlinkItem(id: one, fPort: 7, payload: payload, isConfirmed: isConfirmed)
}

@Suite struct `A downlink that waits` {
    @Test func `for a class C device outlasts an hour without its gateway, and tries less and less often`()
        throws
    {
        var world = try world { $0.deviceClass = .c }
        world.uplink(1)
        world.run(seconds: 5)
        world.forwarders[0].isAway = true
        world.handle(.enqueue(1, item(isConfirmed: true)))
        let before = world.transmissions.count
        world.run(seconds: 3_600)
        let tries = world.transmissions.count - before
        #expect((10...20).contains(tries), "\(tries)")
        #expect(world.items[one]?.allSatisfy { $0 == .delayed(.unreachable) } == true)
        world.forwarders[0].isAway = false
        for _ in 0..<60 where world.devices[1]?.received.isEmpty == true { world.run(seconds: 5) }
        #expect(world.devices[1]?.received.last?.payload == [0xAA])
        world.uplink(1)
        world.run(seconds: 20)
        #expect(world.items[one]?.last == .acknowledged)
        #expect(world.violations == [])
    }

    @Test func `for a class A device is neither lost nor counted as failed while the gateway is away`() throws
    {
        var world = try world()
        world.handle(.enqueue(1, item()))
        world.forwarders[0].isAway = true
        for _ in 0..<6 {
            world.uplink(1)
            world.run(seconds: 20)
        }
        #expect(world.items[one] == Array(repeating: .delayed(.unreachable), count: 6))
        world.forwarders[0].isAway = false
        world.uplink(1)
        world.run(seconds: 20)
        #expect(world.devices[1]?.received.last?.payload == [0xAA])
    }

    @Test func `for a class C device that no gateway has heard says so, and goes with its first uplink`()
        throws
    {
        var world = try world(joined: false) { $0.deviceClass = .c }
        world.personalize(1, devAddr: address, keys: try keysV10())
        world.handle(.enqueue(1, item()))
        world.run(seconds: 60)
        #expect(world.items[one] == [.delayed(.noGateway)])
        world.uplink(1)
        world.run(seconds: 10)
        #expect(world.devices[1]?.received.last?.payload == [0xAA])
    }

    @Test func `is sent once, however often the server is told of it`() throws {
        var world = try world()
        for _ in 0..<2 { world.handle(.enqueue(1, item())) }
        #expect(world.server.queue(of: 1).count == 1)
        world.talk(2)
        #expect(world.items[one] == [.sent(counter: 0)])
        #expect(world.devices[1]?.received.map(\.payload) == [[0xAA]])
    }

    @Test func `goes through the gateway that asks for downlinks, and tries the other last`() throws {
        var world = try world(forwarders: 2)
        world.forwarders[0].snr = 9
        world.forwarders[0].isAway = true
        for _ in 0..<3 {
            world.uplink(1, isConfirmed: true)
            world.run(seconds: 20)
        }
        #expect(world.devices[1]?.received.count == 3)
        let asked = world.transmissions.suffix(4).map { $0.gateway == world.forwarders[0].eui }
        #expect(asked == [true, false, false, false])
    }

    @Test func `and is taken back goes into no further window`() throws {
        var world = try world()
        world.handle(.enqueue(1, item()))
        world.uplink(1)
        world.run(seconds: 0.23)
        let isOnItsWay = world.server.isOnItsWay(one, to: 1)
        #expect(isOnItsWay)
        world.forwarders[0].isDead = true
        let before = world.transmissions.count
        world.handle(.cancel(1, one))
        world.handle(.transmitAck(world.transmissions[before - 1].token, .refused("TOO_LATE")))
        world.run(seconds: 10)
        #expect(world.transmissions.count == before)
        #expect(world.items[one] == [.cancelled, .cancelled])
    }

    @Test func `and is taken back while a gateway has it counts as sent when that one takes it`() throws {
        var world = try world()
        world.handle(.enqueue(1, item(isConfirmed: true)))
        world.uplink(1)
        world.run(seconds: 0.23)
        var isOnItsWay = world.server.isOnItsWay(one, to: 1)
        #expect(isOnItsWay)
        world.handle(.cancel(1, one))
        world.run(seconds: 10)
        #expect(world.items[one] == [.cancelled, .sent(counter: 0)])
        isOnItsWay = world.server.isOnItsWay(one, to: 1)
        #expect(!isOnItsWay)
        // Nobody waits for its acknowledgement.
        #expect(world.session?.awaited == nil)
        let before = world.transmissions.count
        world.talk(2)
        #expect(world.transmissions.count == before)
    }
}

@Suite struct `The longest payload of the next downlink` {
    @Test func `is that of the data rate that the device joined with`() throws {
        var world = try world()
        let name = try #require(world.devices[1]?.lastUplink?.dataRate)
        let parameters = Region.eu868.parameters
        let rate = try #require(parameters.uplinkDataRate(name))
        let expected = parameters.maximumPayload(dataRate: rate, revision: .revisionB, limitsDwell: false)
        #expect(world.server.payloadLimit(of: 1) == expected)
        world.uplink(1)
        world.run(seconds: 3)
        #expect(world.server.payloadLimit(of: 1) == expected)
    }

    @Test func `is the most that the settings allow before anything was heard`() throws {
        #expect(try world(joined: false).server.payloadLimit(of: 1) == 242)
        let slow = try world(.v103, .au915, joined: false) { $0.rx1Offset = 5 }
        // DR6 with offset 5 is DR9 in RX1; RX2 is DR8.
        #expect(slow.server.payloadLimit(of: 1) == 129)
    }

    @Test func `of class C is that of RX2`() throws {
        var world = try world { $0.deviceClass = .c }
        world.uplink(1)
        world.run(seconds: 3)
        #expect(world.server.payloadLimit(of: 1) == 51)
        world.handle(.enqueue(1, item(Array(repeating: 1, count: 51))))
        world.run(seconds: 10)
        #expect(world.items[one] == [.sent(counter: 0)])
    }

    @Test func `is unknown of a device that nobody knows`() throws {
        #expect(try world().server.payloadLimit(of: 9) == nil)
    }
}
