import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct DeviceStoreTests {
    private func ids(_ fixture: StoreFixture, limit: Int = 3, change: (inout DeviceQuery) -> Void)
        async throws -> [String]
    {
        var query = DeviceQuery(organization: StoreFixture.organization, limit: limit)
        change(&query)
        var ids: [String] = []
        while true {
            let page = try await fixture.store.devices(query)
            ids += page.devices.map(\.id.rawValue)
            guard let next = page.next else { break }
            query.after = next
        }
        query.after = nil
        #expect(try await fixture.store.count(query) == ids.count)
        return ids
    }

    @Test(arguments: DeviceQuery.Sort.allCases, [true, false])
    func `every order pages to the end, with and without a tag`(_ sort: DeviceQuery.Sort, _ ascending: Bool)
        async throws
    {
        try await StoreFixture.with { fixture in
            for number in 0..<10 as Range<UInt64> {
                let tags = number.isMultiple(of: 2) ? ["zone": "a"] : [:]
                try await fixture.register(number, name: "N\(9 - number)", tags: tags)
                fixture.clock.advance(by: .seconds(1))
            }
            let rising = (0..<10).map { "device-\($0)" }
            let expected = (sort == .name) == ascending ? Array(rising.reversed()) : rising
            #expect(
                try await ids(fixture) {
                    $0.sort = sort
                    $0.ascending = ascending
                } == expected)
            let tagged = try await ids(fixture, limit: 2) {
                $0.sort = sort
                $0.ascending = ascending
                $0.tags = [DeviceQuery.TagFilter(name: "zone", values: ["a"])]
            }
            #expect(tagged == expected.filter { "02468".contains($0.last ?? " ") })
        }
    }

    @Test func `names are found by any part, in any case, whatever characters they have`() async throws {
        try await StoreFixture.with { fixture in
            for (number, name) in [(1, "Temp % sensor"), (2, "TEMPERATURE \"x\""), (3, "Ärger_1"), (4, "ab")]
                as [(UInt64, String)]
            {
                try await fixture.register(number, name: name)
            }
            for (pattern, expected) in [
                ("temp", ["device-1", "device-2"]), ("p % s", ["device-1"]), ("\"X\"", ["device-2"]),
                ("ärger", ["device-3"]), ("_", ["device-3"]), ("%", ["device-1"]), ("AB", ["device-4"]),
                ("nothing", []),
            ] {
                #expect(try await ids(fixture) { $0.namePattern = pattern } == expected, "\(pattern)")
            }
        }
    }

    @Test func `filters combine, and times are strict`() async throws {
        try await StoreFixture.with { fixture in
            let start = fixture.clock.now.wall
            for number in 0..<6 as Range<UInt64> {
                try await fixture.register(
                    number, platform: number < 3 ? .ble : .lorawan,
                    tags: ["zone": number.isMultiple(of: 2) ? "a" : "b", "floor": "1"])
                fixture.clock.advance(by: .seconds(1))
            }
            let found = try await ids(fixture) {
                $0.tags = [
                    DeviceQuery.TagFilter(name: "zone", values: ["a", "b"]),
                    DeviceQuery.TagFilter(name: "floor", values: ["1"]),
                    DeviceQuery.TagFilter(name: Device.platformTag, values: ["LoRaWAN"]),
                ]
                $0.createdAfter = start.advanced(byMicroseconds: 3_000_000)
                $0.createdBefore = start.advanced(byMicroseconds: 5_000_000)
            }
            #expect(found == ["device-4"])
        }
    }

    @Test func `a DevEUI in use is refused, and free again after deletion`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.register(1)
            await #expect { try await fixture.register(1) { $0.id = DeviceID("other") } } throws: {
                ($0 as? EdgeError)?.code == .conflict
            }
            _ = try await fixture.store.delete(
                [DeviceID("device-1")], in: StoreFixture.organization, at: fixture.clock.now.wall)
            try await fixture.register(1) { $0.id = DeviceID("device-1-again") }
            #expect(try await ids(fixture) { _ in } == ["device-1-again"])
        }
    }

    @Test func `tags that change are found under what they are now`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.register(1, tags: ["zone": "a", "old": "1"])
            _ = try await fixture.store.update(DeviceID("device-1"), in: StoreFixture.organization) {
                $0.tags = ["zone": "b"]
            }
            for (name, value, expected) in [
                ("zone", "a", 0), ("zone", "b", 1), ("old", "1", 0), (Device.platformTag, "BLE", 1),
            ] {
                let found = try await ids(fixture) {
                    $0.tags = [DeviceQuery.TagFilter(name: name, values: [value])]
                }
                #expect(found.count == expected, "\(name)=\(value)")
            }
        }
    }
}
