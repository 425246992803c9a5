import LoRaNetwork
import LoRaWAN
import Testing

private func item(
    _ id: UInt64, _ payload: [UInt8] = [0xAA], isConfirmed: Bool = false, priority: Int = 0,
    expiresAt: NetworkInstant? = nil
) -> DownlinkItem {
    DownlinkItem(
        id: DownlinkItemID(rawValue: id), fPort: 7, payload: payload, isConfirmed: isConfirmed,
        priority: priority, expiresAt: expiresAt)
}

private let one = DownlinkItemID(rawValue: 1)

extension World {
    fileprivate var windows: [ReceiveWindow] { transmissions.map(\.window) }

    fileprivate func states(_ id: UInt64) -> [ItemState] { items[DownlinkItemID(rawValue: id)] ?? [] }

    fileprivate var refusals: [DownlinkRefusal] {
        notes.compactMap { if case .downlinkRefused(let refusal, _, _) = $0.note { refusal } else { nil } }
    }
}

@Suite struct `A class A downlink` {
    @Test func `comes after the next uplink, in RX1, 200 ms after the first reception`() throws {
        var world = try world(joined: true)
        world.handle(.enqueue(1, item(1)))
        let before = world.transmissions.count
        world.run(seconds: 5)
        #expect(world.transmissions.count == before)
        let sentAt = world.now
        world.uplink(1)
        world.run(seconds: 0.5)
        let last = try #require(world.transmissions.last)
        #expect(last.window == .rx1)
        #expect(last.timing == .at(world.forwarders[0].counter(at: sentAt + 1_000_000)))
        world.run(seconds: 5)
        #expect(world.devices[1]?.received.last?.payload == [0xAA])
        #expect(world.devices[1]?.received.last?.fPort == 7)
        #expect(world.states(1) == [.sent(counter: 0)])
        #expect(world.server.queue(of: 1).isEmpty)
    }

    @Test func `without a payload is sent all the same, and holds nobody up`() throws {
        var world = try world(joined: true)
        world.handle(.enqueue(1, item(1, [])))
        world.handle(.enqueue(1, item(2, [0xBB])))
        for _ in 0..<2 {
            world.uplink(1)
            world.run(seconds: 10)
        }
        #expect(world.devices[1]?.received.suffix(2).map(\.payload) == [[], [0xBB]])
        #expect(world.devices[1]?.received.suffix(2).map(\.fPort) == [7, 7])
        #expect(world.states(1) == [.sent(counter: 0)])
        #expect(world.states(2) == [.sent(counter: 1)])
    }

    @Test func `goes to RX2 when the gateway refuses RX1`() throws {
        var world = try world(joined: true)
        world.handle(.enqueue(1, item(1)))
        // Another network's frame is in the forwarder's queue at the time of RX1.
        let blocked = world.forwarders[0].counter(at: world.now + 1_000_000)
        let other = Transmission(
            token: TransmissionToken(rawValue: 9_999), gateway: world.forwarders[0].eui, timing: .at(blocked),
            frequency: 868_100_000, dataRate: "SF12BW125", power: 14, phyPayload: [0], isInverted: true,
            window: .rx1)
        _ = world.forwarders[0].take(other, at: world.now, airtime: 500_000)
        world.uplink(1)
        world.run(seconds: 5)
        #expect(world.windows.suffix(2) == [.rx1, .rx2])
        #expect(world.refusals == [.gateway("COLLISION_PACKET")])
        #expect(world.transmissions.suffix(2).map(\.phyPayload).allEqual)
        #expect(world.devices[1]?.received.last?.payload == [0xAA])
        #expect(world.states(1) == [.sent(counter: 0)])
    }

    @Test func `goes to RX2 when the gateway stays silent, and through another gateway if there is one`()
        throws
    {
        for gateways in 1...2 {
            var world = try world(forwarders: gateways, joined: true)
            world.forwarders[0].snr = 9
            world.handle(.enqueue(1, item(1)))
            world.uplink(1)
            world.run(seconds: 0.1)
            world.forwarders[0].isDead = true
            world.run(seconds: 5)
            let last = world.transmissions.suffix(2)
            #expect(last.first?.window == .rx1)
            #expect(last.first?.gateway == world.forwarders[0].eui)
            #expect(last.last?.gateway == world.forwarders[gateways - 1].eui)
            #expect(world.refusals.first == .silence)
            if gateways == 2 {
                #expect(world.devices[1]?.received.last?.payload == [0xAA])
                #expect(world.states(1) == [.sent(counter: 0)])
            } else {
                #expect(last.last?.window == .rx2)
                #expect(world.server.queue(of: 1).count == 1)
            }
        }
    }

    @Test func `is not handed over when the forwarder would find it too late`() throws {
        var world = try world(joined: true)
        world.handle(.enqueue(1, item(1)))
        world.forwarders[0].latency = 900_000
        world.uplink(1)
        world.run(seconds: 10)
        #expect(world.forwarders[0].refusals["TOO_LATE", default: 0] <= 1)
        world.forwarders[0].latency = 20_000
        world.uplink(1)
        world.run(seconds: 10)
        #expect(world.devices[1]?.received.last?.payload == [0xAA])
    }

    @Test func `survives a gateway that starts again between uplink and downlink`() throws {
        var world = try world(forwarders: 2, joined: true)
        world.forwarders[0].snr = 9
        world.handle(.enqueue(1, item(1)))
        world.uplink(1)
        world.run(seconds: 0.1)
        world.forwarders[0].counterOffset &+= 2_000_000_000
        world.run(seconds: 5)
        #expect(world.refusals.allSatisfy { $0 == .gateway("TOO_LATE") || $0 == .gateway("TOO_EARLY") })
        #expect(!world.refusals.isEmpty)
        #expect(world.devices[1]?.received.last?.payload == [0xAA])
    }

    @Test func `of two gateways with one EUI still arrives`() throws {
        var world = try world(forwarders: 2, joined: true)
        let twin = EmulatedForwarder(number: 0, counterOffset: 123_456)
        world.forwarders[1] = twin
        world.forwarders[1].snr = 9
        var arrived = 0
        for round in 1...6 {
            world.handle(.enqueue(1, item(UInt64(round))))
            world.uplink(1)
            world.run(seconds: 30)
            arrived = world.devices[1]?.received.count { $0.payload == [0xAA] } ?? 0
        }
        // What the wrong twin gets it refuses; nothing is lost without being said.
        #expect(world.violations == [])
        let settled = (1...6).count { !world.states($0).isEmpty } + world.server.queue(of: 1).count
        #expect(settled >= 6)
        #expect(arrived <= 6)
    }

    @Test func `goes with less power where the gateway cannot do more, and remembers it`() throws {
        var world = try world(joined: true)
        world.forwarders[0].strongest = 8
        for id in 1...2 {
            world.handle(.enqueue(1, item(UInt64(id), [UInt8(id)])))
            world.uplink(1)
            world.run(seconds: 10)
        }
        #expect(world.devices[1]?.received.map(\.payload) == [[1], [2]])
        #expect(world.forwarders[0].refusals["TX_POWER"] == 3)
        #expect(world.transmissions.suffix(5).map(\.power) == [16, 13, 10, 7, 7])
        #expect(world.transmissions.suffix(5).allSatisfy { $0.window == .rx1 })
    }

    @Test func `is never sent into the band of another region`() throws {
        var world = try world(joined: true)
        world.handle(.enqueue(1, item(1)))
        let sent = world.devices[1]?.uplink([1], &world.random)
        let frame = try #require(sent)
        world.hear(frame.bytes, frequency: 902_300_000, dataRate: "SF10BW125")
        world.run(seconds: 5)
        #expect(world.windows.last == .rx2)
        #expect(world.transmissions.last?.frequency == 869_525_000)
        world.hear(
            JoinRequest(
                joinEUI: JoinEUI(rawValue: 1), devEUI: try #require(world.devices[1]?.devEUI), devNonce: 9,
                rootKey: try key(1)
            ).bytes, frequency: 902_300_000, dataRate: "SF10BW125")
        world.run(seconds: 10)
        #expect(world.notes.contains { $0.note == .joinRefused(.noRegion, devNonce: 9) })
    }

    @Test func `says that more is waiting, and keeps the order of priority`() throws {
        var world = try world(joined: true)
        for (id, priority) in [(1, 0), (2, 5), (3, 5)] as [(UInt64, Int)] {
            world.handle(.enqueue(1, item(id, [UInt8(id)], priority: priority)))
        }
        for _ in 0..<3 {
            world.uplink(1)
            world.run(seconds: 10)
        }
        let received = world.devices[1]?.received ?? []
        #expect(received.map(\.payload) == [[2], [3], [1]])
        #expect(received.map(\.fPending) == [true, true, false])
    }

    @Test func `is confirmed by the device, or sent again and given up`() throws {
        var world = try world(joined: true) { $0.maximumTries = 3 }
        world.handle(.enqueue(1, item(1, isConfirmed: true)))
        world.uplink(1)
        world.run(seconds: 10)
        #expect(world.states(1) == [.sent(counter: 0)])
        world.uplink(1)
        world.run(seconds: 10)
        #expect(world.states(1) == [.sent(counter: 0), .acknowledged])
        world.handle(.enqueue(1, item(2, isConfirmed: true)))
        world.airLoss = 0
        for _ in 0..<5 {
            world.devices[1]?.session?.toAcknowledge = nil
            world.uplink(1)
            world.run(seconds: 10)
        }
        #expect(world.states(2).count == 4)
        #expect(world.states(2).last == .undelivered)
        #expect(world.server.queue(of: 1).isEmpty)
    }

    @Test func `expires, can be cancelled, and is refused with the limit when it is too long`() throws {
        var world = try world(joined: true)
        let soon = NetworkInstant(nanoseconds: (world.now + 2_000_000) * 1_000)
        world.handle(.enqueue(1, item(1, expiresAt: soon)))
        world.handle(.enqueue(1, item(2)))
        world.handle(.cancel(1, DownlinkItemID(rawValue: 2)))
        world.handle(.enqueue(1, item(3, [UInt8](repeating: 0, count: 243))))
        world.handle(.enqueue(1, item(4, [UInt8](repeating: 0, count: 52))))
        world.handle(.enqueue(99, item(5)))
        var bad = item(6)
        bad.fPort = 224
        world.handle(.enqueue(1, bad))
        world.run(seconds: 3)
        #expect(world.states(1) == [.expired])
        #expect(world.states(2) == [.cancelled])
        #expect(world.states(3) == [.refused(.tooLong(limit: 242))])
        world.uplink(1)
        world.run(seconds: 5)
        // At DR0 there is no room for it in either window.
        #expect(world.states(4) == [.refused(.tooLong(limit: 51))])
        #expect(world.states(5) == [.refused(.notActivated)])
        #expect(world.states(6) == [.refused(.badPort)])
    }

    @Test func `a queue has a limit`() throws {
        var world = try world(joined: true)
        for id in 1...65 { world.handle(.enqueue(1, item(UInt64(id)))) }
        #expect(world.states(65) == [.refused(.queueFull)])
        #expect(world.server.queue(of: 1).count == 64)
    }

    @Test func `a repeated confirmed uplink is acknowledged again`() throws {
        var world = try world(joined: true)
        world.uplink(1, isConfirmed: true)
        world.run(seconds: 4)
        world.repeatUplink(1)
        world.run(seconds: 4)
        #expect(world.accepted[1] == 1)
        #expect(world.transmissions.count == 3)
        #expect(Set(world.transmissions.map(\.phyPayload)).count == 3)
        #expect(world.violations == [])
    }

    @Test func `copies from five gateways are answered once, by the best`() throws {
        var world = try world(forwarders: 5, joined: true)
        world.forwarders[3].snr = 12
        let before = world.transmissions.count
        world.uplink(1, isConfirmed: true)
        world.run(seconds: 5)
        #expect(world.transmissions.count == before + 1)
        #expect(world.transmissions.last?.gateway == world.forwarders[3].eui)
    }
}

extension Collection where Element: Equatable {
    fileprivate var allEqual: Bool { allSatisfy { $0 == first } }
}

@Suite struct `A class C downlink` {
    @Test func `leaves at once on RX2, one after the other`() throws {
        var world = try world { $0.deviceClass = .c }
        world.uplink(1)
        world.run(seconds: 5)
        for id in 1...3 { world.handle(.enqueue(1, item(UInt64(id), [UInt8(id)]))) }
        world.run(seconds: 30)
        #expect(world.devices[1]?.received.map(\.payload) == [[1], [2], [3]])
        #expect(world.windows.suffix(3) == [.rxC, .rxC, .rxC])
        #expect(world.transmissions.last?.timing == .immediate)
        #expect(world.transmissions.last?.frequency == 869_525_000)
    }

    @Test func `waits for the first uplink after a join`() throws {
        var world = try world { $0.deviceClass = .c }
        world.handle(.enqueue(1, item(1)))
        world.run(seconds: 60)
        #expect(world.states(1) == [])
        world.uplink(1)
        world.run(seconds: 10)
        #expect(world.states(1) == [.sent(counter: 0)])
    }

    @Test func `takes another gateway when one refuses, and asks again without an acknowledgement`() throws {
        var world = try world(forwarders: 2) {
            $0.deviceClass = .c
            $0.maximumTries = 2
        }
        world.forwarders[0].snr = 9
        world.uplink(1)
        world.run(seconds: 5)
        world.forwarders[0].isDead = true
        world.handle(.enqueue(1, item(1, isConfirmed: true)))
        world.run(seconds: 60)
        #expect(world.states(1) == [.sent(counter: 0), .sent(counter: 1), .undelivered])
        #expect(world.transmissions.suffix(2).allSatisfy { $0.gateway == world.forwarders[1].eui })
    }
}
