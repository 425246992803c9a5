import HubbleAdvertising
import Testing

@Suite struct EphemeralIDTableTests {
    let today = TimeCounter(rawValue: 20_400)
    let window = TimeCounter(rawValue: 20_398)...TimeCounter(rawValue: 20_402)
    let nextWindow = TimeCounter(rawValue: 20_399)...TimeCounter(rawValue: 20_403)

    func devices(_ count: Int, scheme: KnownScheme = .counterMode(.unixTime)) throws -> [ListedDevice] {
        try (0..<count).map {
            ListedDevice(index: Int32($0), key: try deviceKey(seed: UInt64($0)), scheme: scheme)
        }
    }

    func indices(_ table: EphemeralIDTable, _ key: DeviceKey, _ day: UInt32) -> [Int32] {
        table.candidates(of: EphemeralID(counterMode: key, at: TimeCounter(rawValue: day)))
            .map(\.deviceIndex)
    }

    @Test func `every device is found on every day of the window, and on no other day`() throws {
        let devices = try devices(300)
        let table = EphemeralIDTable(devices: devices, window: window)
        #expect(table.entryCount == 300 * 5)
        for device in devices {
            for day in UInt32(20_398)...20_402 {
                #expect(indices(table, device.key, day) == [device.index])
            }
            #expect(indices(table, device.key, 20_397).isEmpty)
            #expect(indices(table, device.key, 20_403).isEmpty)
        }
    }

    @Test func `an empty table finds nothing`() throws {
        let table = EphemeralIDTable(window: window)
        #expect(table.entryCount == 0)
        for raw in [UInt32.min, .max] {
            #expect(table.candidates(of: EphemeralID(counterMode: raw)).isEmpty)
        }
        #expect(table.candidates(of: EphemeralID(eax: .max)).isEmpty)
    }

    @Test func `devices with one key are candidates in turn, until the caller has enough`() throws {
        let key = try deviceKey(seed: 1)
        let devices = (0..<5).map {
            ListedDevice(index: $0, key: key, scheme: .counterMode(.unixTime))
        }
        let table = EphemeralIDTable(devices: devices, window: window)
        let eid = EphemeralID(counterMode: key, at: today)
        #expect(table.candidates(of: eid).map(\.deviceIndex) == [0, 1, 2, 3, 4])
        var seen: [Int32] = []
        let stopped = table.search(eid) { candidate in
            seen.append(candidate.deviceIndex)
            return seen.count == 2
        }
        #expect(stopped)
        #expect(seen == [0, 1])
    }

    @Test func `a device that may count its uptime is found over its pool`() throws {
        let unknown = ListedDevice(index: 1, key: try deviceKey(seed: 1))
        let certain = ListedDevice(index: 2, key: try deviceKey(seed: 2), scheme: .counterMode(.deviceUptime))
        let table = EphemeralIDTable(devices: [unknown, certain], window: window)
        #expect(table.entryCount == 5 + 128 + 128)
        for counter in TimeCounter.uptimePool {
            let at = TimeCounter(rawValue: counter)
            for device in [unknown, certain] {
                let candidates = table.candidates(of: EphemeralID(counterMode: device.key, at: at))
                #expect(candidates.map(\.deviceIndex) == [device.index])
                #expect(candidates.map(\.counter) == [at])
                #expect(candidates.map(\.source) == [.deviceUptime])
            }
        }
    }

    @Test func `a 16-byte key is looked for under its exponent, or under all sixteen`() throws {
        let exponent = try #require(PeriodExponent(rawValue: 15))
        let known = ListedDevice(index: 1, key: try deviceKey(seed: 1, count: 16), scheme: .eax(exponent))
        let unknown = ListedDevice(index: 2, key: try deviceKey(seed: 2, count: 16), scheme: .eax(nil))
        let impossible = ListedDevice(index: 3, key: try deviceKey(seed: 3, count: 32), scheme: .eax(nil))
        let table = EphemeralIDTable(devices: [known, unknown, impossible], window: window)
        #expect(table.entryCount == 128 + 128 * 16)
        let counter = exponent.counter(atPoolIndex: 127)
        for device in [known, unknown] {
            let eid = try #require(EphemeralID(eax: device.key, at: counter, exponent: exponent))
            let candidate = try #require(table.candidates(of: eid).first)
            #expect(candidate.deviceIndex == device.index)
            #expect(candidate.counter == counter)
            #expect(candidate.exponent == exponent)
            #expect(candidate.reportedCounter == 127)
        }
    }

    @Test func `beyond the limits a device is found by its days alone, and counted`() throws {
        let devices = try devices(10, scheme: .counterMode(nil))
        var table = EphemeralIDTable(
            devices: devices, window: window, limits: PoolLimits(unknownSource: 4, unknownExponent: 0))
        #expect(table.entryCount == 10 * 5 + 4 * 128)
        #expect(table.deniedCount == 6)
        #expect(indices(table, devices[9].key, 20_400) == [9])
        #expect(indices(table, devices[9].key, 5).isEmpty)
        // A device whose source became known leaves its place to another.
        table.insert([ListedDevice(index: 0, key: devices[0].key, scheme: .counterMode(.unixTime))])
        table.insert([devices[9]])
        #expect(indices(table, devices[9].key, 5) == [9])
        #expect(table.deniedCount == 5)
    }

    @Test func `a registered device is found at once, a removed one no more`() throws {
        var table = EphemeralIDTable(devices: try devices(50), window: window)
        let key = try deviceKey(seed: 1_000)
        table.insert([ListedDevice(index: 50, key: key, scheme: .counterMode(.unixTime))])
        #expect(indices(table, key, 20_400) == [50])
        table.remove(50)
        #expect(indices(table, key, 20_400).isEmpty)
        table.remove(7)
        #expect(indices(table, try deviceKey(seed: 7), 20_400).isEmpty)
        #expect(indices(table, try deviceKey(seed: 8), 20_400) == [8])
    }

    @Test func `a re-keyed device is found by its new key only`() throws {
        var table = EphemeralIDTable(devices: try devices(50), window: window)
        for round in UInt64(0)..<5 {
            let key = try deviceKey(seed: 2_000 + round)
            table.insert([ListedDevice(index: 7, key: key, scheme: .counterMode(.unixTime))])
            #expect(indices(table, key, 20_401) == [7])
            #expect(indices(table, try deviceKey(seed: round == 0 ? 7 : 1_999 + round), 20_401).isEmpty)
        }
    }

    @Test func `a thousand single registrations are all found`() throws {
        var table = EphemeralIDTable(devices: try devices(10), window: window)
        let more = try (10..<1_010).map {
            ListedDevice(
                index: Int32($0), key: try deviceKey(seed: UInt64($0)), scheme: .counterMode(.unixTime))
        }
        for device in more { table.insert([device]) }
        #expect(table.entryCount == 1_010 * 5)
        for device in more { #expect(indices(table, device.key, 20_400) == [device.index]) }
        #expect(!table.isFragmented)
        table.insert([more[0]])
        #expect(table.isFragmented)
    }

    @Test func `the next day drops the oldest day, keeps the rest and loses no change`() throws {
        let registered = try devices(60)
        var live = EphemeralIDTable(devices: Array(registered[0..<50]), window: window)
        live.insert(Array(registered[50..<55]))
        live.remove(3)
        let known = Array(registered[0..<3] + registered[4..<55])
        let base = live
        // While the next table is built, one device comes, one goes and one gets a new key.
        live.insert([registered[55]])
        live.remove(4)
        let newKey = try deviceKey(seed: 9_000)
        live.insert([ListedDevice(index: 5, key: newKey, scheme: .counterMode(.unixTime))])

        var next = base.refreshed(window: nextWindow, devices: known)
        #expect(next.entryCount == 54 * 5)
        next.replay(changesOf: live, since: base)
        for day in UInt32(20_399)...20_403 {
            for device in registered[0..<56] {
                let expected: [Int32] = [3, 4, 5].contains(device.index) ? [] : [device.index]
                #expect(indices(next, device.key, day) == expected)
            }
            #expect(indices(next, newKey, day) == [5])
        }
        #expect(indices(next, registered[0].key, 20_398).isEmpty)
    }

    @Test func `a refresh takes up what became known of a device`() throws {
        let devices = try devices(3, scheme: .counterMode(nil))
        let table = EphemeralIDTable(devices: devices, window: window)
        #expect(table.entryCount == 3 * (5 + 128))
        let next = table.refreshed(window: nextWindow, devices: try self.devices(3))
        #expect(next.entryCount == 3 * 5)
        let back = next.refreshed(window: window, devices: devices)
        #expect(back.entryCount == 3 * (5 + 128))
        #expect(indices(back, devices[1].key, 100) == [1])
    }
}
