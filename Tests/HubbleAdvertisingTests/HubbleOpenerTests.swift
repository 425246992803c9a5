import EdgeTestSupport
import HubbleAdvertising
import Testing

@Suite struct HubbleOpenerTests {
    let today = TimeCounter(rawValue: 20_400)
    let window = TimeCounter(rawValue: 20_398)...TimeCounter(rawValue: 20_402)

    func seal(_ payload: [UInt8], _ key: DeviceKey, at counter: TimeCounter, sequence: UInt16 = 1) throws
        -> [UInt8]
    {
        try CounterModePacket.seal(
            payload, sequenceNumber: sequenceNumber(sequence), key: key, at: counter
        ).bytes
    }

    @Test func `every vector opens through table and opener`() throws {
        var opener = HubbleOpener(rememberedKeys: 8)
        for vector in try CounterModeVector.all() {
            let key = try vector.key()
            let table = EphemeralIDTable(
                devices: [ListedDevice(index: 9, key: key)], window: vector.counter...vector.counter)
            guard case .opened(let packet) = opener.open(vector.serviceData, in: table, key: { _ in key })
            else {
                Issue.record("did not open: \(vector.comment)")
                continue
            }
            #expect(packet.payload == vector.payload)
            #expect(packet.number.rawValue == vector.input.sequence)
            #expect(packet.candidate.reportedCounter == vector.input.counter)
            #expect(packet.candidate.deviceIndex == 9)
        }
        for vector in try EAXVector.all() {
            let key = try vector.key()
            let table = EphemeralIDTable(devices: [ListedDevice(index: 9, key: key)], window: window)
            guard case .opened(let packet) = opener.open(vector.serviceData, in: table, key: { _ in key })
            else {
                Issue.record("did not open: \(vector.comment)")
                continue
            }
            #expect(packet.payload == vector.payload)
            #expect(packet.number == .salt(vector.input.salt))
            // Index 0 begins at second 0 under every exponent, but each has an EID of its own.
            #expect(packet.candidate.exponent?.rawValue == vector.input.periodExponent)
            #expect(packet.candidate.reportedCounter == vector.input.poolIndex)
        }
    }

    @Test func `a stranger's packet has no key`() throws {
        var opener = HubbleOpener()
        let table = EphemeralIDTable(
            devices: [ListedDevice(index: 0, key: try deviceKey(seed: 0))], window: window)
        let stranger = try deviceKey(seed: 1)
        #expect(
            opener.open(try seal([1], stranger, at: today), in: table, key: { _ in nil })
                == .noKey(EphemeralID(counterMode: stranger, at: today)))
    }

    @Test func `the candidate whose tag is right wins over those with the same EID`() throws {
        // Three devices are listed under one key, so that they share EIDs; the registry says that
        // only the last of them still has it.
        let key = try deviceKey(seed: 5)
        let listed = (0..<3).map {
            ListedDevice(index: Int32($0), key: key, scheme: .counterMode(.unixTime))
        }
        let current = [try deviceKey(seed: 6), try deviceKey(seed: 7), key]
        let table = EphemeralIDTable(devices: listed, window: window)
        var opener = HubbleOpener()
        guard
            case .opened(let packet) = opener.open(
                try seal([1, 2, 3], key, at: today), in: table, key: { current[Int($0)] })
        else {
            Issue.record("did not open")
            return
        }
        #expect(packet.candidate.deviceIndex == 2)
        #expect(packet.payload == [1, 2, 3])
    }

    @Test func `a right EID with a wrong tag names its candidates`() throws {
        let key = try deviceKey(seed: 5)
        let table = EphemeralIDTable(
            devices: [ListedDevice(index: 4, key: key, scheme: .counterMode(.unixTime))], window: window)
        var opener = HubbleOpener()
        var damaged = try seal([1, 2, 3], key, at: today)
        damaged[6] ^= 1
        for _ in 0..<2 {
            let outcome = opener.open(damaged, in: table, key: { _ in key })
            guard case .tagMismatch(let candidates) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(candidates.map(\.deviceIndex) == [4])
            #expect(candidates.map(\.counter) == [today])
        }
    }

    @Test func `one packet tries a limited number of candidates`() throws {
        let key = try deviceKey(seed: 5)
        let listed = (0..<100).map {
            ListedDevice(index: Int32($0), key: key, scheme: .counterMode(.unixTime))
        }
        let table = EphemeralIDTable(devices: listed, window: window)
        var opener = HubbleOpener()
        var damaged = try seal([], key, at: today)
        damaged[9] ^= 0x80
        guard case .tagMismatch(let candidates) = opener.open(damaged, in: table, key: { _ in key }) else {
            Issue.record("opened a damaged packet")
            return
        }
        #expect(candidates.count == HubbleOpener.candidateLimit)
    }

    @Test func `remembered session keys do not outlive the device key`() throws {
        let old = try deviceKey(seed: 1)
        let new = try deviceKey(seed: 2)
        var table = EphemeralIDTable(
            devices: [ListedDevice(index: 0, key: old, scheme: .counterMode(.unixTime))], window: window)
        var opener = HubbleOpener()
        let before = try seal([1], old, at: today)
        guard case .opened = opener.open(before, in: table, key: { _ in old }) else {
            Issue.record("the first key did not open")
            return
        }
        table.insert([ListedDevice(index: 0, key: new, scheme: .counterMode(.unixTime))])
        let after = try seal([2], new, at: today)
        guard case .opened(let packet) = opener.open(after, in: table, key: { _ in new }) else {
            Issue.record("the second key did not open")
            return
        }
        #expect(packet.payload == [2])
        guard case .noKey = opener.open(before, in: table, key: { _ in new }) else {
            Issue.record("the first key still opens")
            return
        }
    }

    @Test func `devices that share a slot of remembered keys still open`() throws {
        let keys = try (0..<20).map { try deviceKey(seed: UInt64($0)) }
        let table = EphemeralIDTable(
            devices: keys.enumerated().map {
                ListedDevice(index: Int32($0.offset), key: $0.element, scheme: .counterMode(.unixTime))
            }, window: window)
        var opener = HubbleOpener(rememberedKeys: 0)
        for round in UInt16(0)..<3 {
            for (index, key) in keys.enumerated() {
                let data = try seal([UInt8(index)], key, at: today, sequence: round)
                guard case .opened(let packet) = opener.open(data, in: table, key: { keys[Int($0)] }) else {
                    Issue.record("device \(index) did not open")
                    continue
                }
                #expect(packet.candidate.deviceIndex == Int32(index))
            }
        }
    }

    @Test func `what needs no key passes through, and what is malformed says so`() throws {
        var opener = HubbleOpener()
        let table = EphemeralIDTable(window: window)
        let plain = try UnencryptedPacket(networkID: #require(NetworkID(rawValue: 42)), payload: [1])
        #expect(opener.open(plain.bytes, in: table, key: { _ in nil }) == .unencrypted(plain))
        #expect(opener.open([0xFC], in: table, key: { _ in nil }) == .unknownVersion(63))
        #expect(
            opener.open([0, 1], in: table, key: { _ in nil })
                == .malformed(.tooShort(version: 0, count: 2)))
    }

    @Test func `truncations and random bytes have an outcome and never trap`() throws {
        var generator = SeededGenerator(seed: 2026)
        let key = try deviceKey(seed: 1, count: 16)
        let table = EphemeralIDTable(devices: [ListedDevice(index: 0, key: key)], window: window)
        var opener = HubbleOpener(rememberedKeys: 16)
        func expectNoPacket(_ data: [UInt8]) {
            if case .opened = opener.open(data, in: table, key: { _ in key }) {
                Issue.record("opened \(hex(data))")
            }
        }
        for whole in try everyServiceData() {
            for count in 0..<whole.count { expectNoPacket(Array(whole.prefix(count))) }
        }
        for _ in 0..<10_000 {
            var data = generator.bytes(count: Int.random(in: 0...40, using: &generator))
            // Half of them with a version that is looked at.
            if !data.isEmpty, Bool.random(using: &generator) { data[0] %= 12 }
            expectNoPacket(data)
        }
    }
}
