import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

/// A gateway meets its central after that was restored from a backup.
@Suite struct RestoredRegistryTests {
    private typealias Pair = RegistryPair

    private static func expectEqual(
        _ pair: RegistryPair, _ eui: UInt64 = RegistryPair.eui,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let here = try await Pair.device(pair.gateway, eui)
        let there = try await Pair.device(pair.central, eui)
        #expect(here?.id == there?.id, sourceLocation: location)
        #expect(here?.syncFields == there?.syncFields, sourceLocation: location)
        #expect(here?.key == there?.key, sourceLocation: location)
    }

    @Test func `a device that the central has lost is registered there again, keys included`() async throws {
        try await Pair.with { pair in
            try await pair.agree(tags: ["site": "dock"])
            try await Pair.change(pair.gateway) { $0.name = "Changed offline" }
            try await Pair.register(pair.gateway, 2)
            try await StoreFixture.with { other in
                try await pair.meet(other)
                for eui in [Pair.eui, 2] { try await Self.expectEqual(pair, eui) }
                let device = try #require(try await Pair.device(pair.central))
                #expect(device.name == "Changed offline" && device.tags == ["site": "dock"])
                #expect(device.key == SecretBytes([UInt8](repeating: 7, count: 32)))
            }
        }
    }

    @Test func `what the central has stays, what it lacks is there again, and the difference is shown`()
        async throws
    {
        try await Pair.with { pair in
            try await pair.agree(tags: ["site": "dock"])
            try await Pair.change(pair.central) { $0.name = "Renamed since" }
            try await pair.fetch()
            try await Pair.change(pair.gateway) { $0.status = .maintenance }
            try await StoreFixture.with { other in
                try await Pair.register(other)
                try await pair.meet(other)
                try await Self.expectEqual(pair)
                let device = try #require(try await Pair.device(pair.central))
                #expect(device.name == "Meter" && device.tags == ["site": "dock"])
                #expect(device.status == .maintenance)
                #expect(try await Pair.details(other).contains { $0.hasSuffix("kept as here: name") })
            }
        }
    }

    @Test func `a central that has lost nothing is not changed, and its audit log has nothing new`()
        async throws
    {
        try await Pair.with { pair in
            try await pair.agree(tags: ["site": "dock"])
            try await StoreFixture.with { other in
                try await Pair.register(other, tags: ["site": "dock"])
                let revision = other.store.registryRevision
                try await pair.meet(other)
                #expect(other.store.registryRevision == revision)
                #expect(!(try await Pair.details(other).contains { $0.contains("merged") }))
            }
        }
    }

    @Test func `what the central removed since is back on both sides, and told of`() async throws {
        try await Pair.with { pair in
            try await pair.agree()
            try await Pair.remove(pair.central)
            try await pair.fetch()
            #expect(try await Pair.device(pair.gateway) == nil)
            try await StoreFixture.with { other in
                try await Pair.register(other)
                try await pair.meet(other)
                #expect(try await Pair.device(pair.gateway) != nil)
                try await Self.expectEqual(pair)
                #expect(try await Pair.details(pair.gateway).contains { $0.contains("is back") })
            }
        }
    }

    @Test func `what a gateway removed since is removed again`() async throws {
        try await Pair.with { pair in
            try await pair.agree()
            try await Pair.remove(pair.gateway)
            try await pair.send()
            try await pair.fetch()
            try await StoreFixture.with { other in
                try await Pair.register(other)
                try await pair.meet(other)
                #expect(try await Pair.device(pair.central) == nil)
                #expect(try await Pair.device(pair.gateway) == nil)
            }
        }
    }

    @Test func `a removal that is in the backup holds`() async throws {
        try await Pair.with { pair in
            try await pair.agree()
            try await StoreFixture.with { other in
                try await Pair.register(other)
                try await Pair.remove(other)
                try await pair.meet(other)
                #expect(try await Pair.device(pair.central) == nil)
                #expect(try await Pair.device(pair.gateway) == nil)
            }
        }
    }

    @Test func `a device that was removed and registered anew since does not hold up the others`()
        async throws
    {
        try await Pair.with { pair in
            try await pair.agree()
            try await Pair.remove(pair.central)
            try await pair.fetch()
            try await pair.central.register(Pair.eui, name: "Anew") { $0.id = DeviceID("anew") }
            try await pair.fetch()
            #expect(try await Pair.device(pair.gateway)?.id == DeviceID("anew"))
            try await StoreFixture.with { other in
                try await Pair.register(other)
                try await Pair.register(other, 2)
                try await pair.meet(other)
                for eui in [Pair.eui, 2] { try await Self.expectEqual(pair, eui) }
                #expect(try await Pair.device(pair.gateway)?.name == "Meter")
            }
        }
    }

    @Test func `a profile and a codec that the central has lost go up with the device that has them`()
        async throws
    {
        try await Pair.with { pair in
            let now = pair.central.clock.now.wall
            for name in ["Used", "Spare"] {
                let codec = Codec(
                    id: CodecID(name), organization: StoreFixture.organization, name: name, kind: .javaScript,
                    source: "function decodeUplink() { return {data: {}} }", createdAt: now, updatedAt: now)
                try await pair.central.store.addCodec(codec, limit: 10)
            }
            var profile = DeviceProfile(
                id: DeviceProfileID("P"), organization: StoreFixture.organization, name: "P",
                createdAt: now, updatedAt: now)
            profile.codec = CodecID("Used")
            try await pair.central.store.addDeviceProfile(profile, limit: 10)
            try await pair.fetchSettings()
            try await pair.agree()
            try await Pair.change(pair.central) { $0.profile = DeviceProfileID("P") }
            try await pair.fetch()
            #expect(try await Pair.device(pair.gateway)?.profile == DeviceProfileID("P"))
            try await StoreFixture.with { other in
                try await Pair.register(other)
                try await pair.meet(other)
                try await Self.expectEqual(pair)
                #expect(try await Pair.device(pair.central)?.profile == DeviceProfileID("P"))
                for fixture in [pair.central, pair.gateway] {
                    let codecs = try await fixture.store.codecs(of: StoreFixture.organization)
                    #expect(codecs.map(\.name) == ["Used"])
                }
                await #expect(throws: EdgeError.self) {
                    try await pair.gateway.store.deleteCodec(
                        CodecID("Used"), of: StoreFixture.organization)
                }
            }
        }
    }

    @Test func `a device that has the tags of both sides is taken, more than either may set`() async throws {
        try await Pair.with { pair in
            try await pair.agree(tags: Dictionary(uniqueKeysWithValues: (0..<9).map { ("here \($0)", "") }))
            try await Pair.change(pair.gateway) { device in
                for number in 0..<9 { device.tags["there \(number)"] = "" }
            }
            try await pair.send()
            try await StoreFixture.with { other in
                try await pair.meet(other)
                try await Self.expectEqual(pair)
                #expect(try await Pair.device(pair.central)?.tags.count == 18)
            }
        }
    }
}
