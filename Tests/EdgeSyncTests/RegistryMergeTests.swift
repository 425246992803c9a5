import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct RegistryMergeTests {
    private typealias Pair = RegistryPair

    @Test func `a device that was removed here and changed at the central is here again, with its keys`()
        async throws
    {
        try await Pair.with { pair in
            try await pair.agree()
            let before = try #require(try await Pair.device(pair.gateway))
            try await Pair.remove(pair.gateway)
            try await Pair.change(pair.central) { $0.name = "Changed there" }
            try await pair.send()
            try await pair.fetch()
            let after = try #require(try await Pair.device(pair.gateway))
            #expect(after.name == "Changed there")
            #expect(after.id == before.id && after.key == before.key)
            #expect(try await Pair.details(pair.central).contains { $0.contains("kept as here: name") })
            #expect(try await Pair.details(pair.gateway).contains { $0.contains("is back") })
        }
    }

    @Test func `a removal that has not gone up is not undone, and what is refused of it comes down again`()
        async throws
    {
        try await Pair.with { pair in
            try await pair.agree()
            try await Pair.change(pair.central) { $0.name = "Changed there" }
            try await Pair.remove(pair.gateway)
            try await pair.fetch()
            #expect(try await Pair.device(pair.gateway) == nil)
            try await pair.send()
            try await pair.fetch()
            #expect(try await Pair.device(pair.gateway)?.name == "Changed there")
        }
    }

    @Test func `a change of a device that the central has removed makes no device, and is said to be lost`()
        async throws
    {
        for change: @Sendable (inout Device) -> Void in [
            { $0.name = "Renamed" }, { $0.tags["a"] = "b" }, { $0.key = SecretBytes([1, 2, 3]) },
        ] {
            try await Pair.with { pair in
                try await pair.agree()
                try await Pair.change(pair.gateway, Pair.eui, change)
                try await Pair.remove(pair.central)
                try await pair.send()
                #expect(try await Pair.device(pair.central) == nil)
                try await pair.fetch()
                #expect(try await Pair.device(pair.gateway) == nil)
                let details = try await Pair.details(pair.central)
                #expect(details.contains { $0.contains("is removed here, lost: ") })
                try await pair.send()
                #expect(try await Pair.details(pair.central).count == details.count)
                // Who registers it anew means it.
                try await pair.gateway.register(Pair.eui, name: "New") { $0.id = DeviceID("another") }
                try await pair.send()
                #expect(try await Pair.device(pair.central)?.name == "New")
            }
        }
    }
}
