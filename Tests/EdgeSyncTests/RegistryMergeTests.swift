import EdgeCore
import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

/// A central and a gateway that share a registry, as their conversation has it.
struct RegistryPair {
    static let eui: UInt64 = 0x70B3_D500_0000_0001

    let central: StoreFixture
    let gateway: StoreFixture
    var rules: Central
    var enrolled: EnrolledGateway
    var upstream: Upstream

    static func with(_ body: (inout RegistryPair) async throws -> Void) async throws {
        try await StoreFixture.with { central in
            try await StoreFixture.with { gateway in
                let rules = try await Central(store: central.store, changed: {})
                let made = try await rules.invite(name: "Dock", to: StoreFixture.organization, by: .machine)
                let admission = try await rules.enroll(
                    code: made.code, publicKey: [UInt8](repeating: 9, count: 32), from: .machine)
                let upstream = Upstream(
                    id: UpstreamID("up"), url: "http://127.0.0.1:1", organization: StoreFixture.organization,
                    gateway: GatewayID("gw"), credential: SecretBytes([1]),
                    privateKey: SecretBytes([UInt8](repeating: 2, count: 32)),
                    centralKey: [UInt8](repeating: 3, count: 32), pin: nil, createdAt: gateway.clock.now.wall)
                try await gateway.store.addUpstream(upstream, audit: nil)
                var pair = RegistryPair(
                    central: central, gateway: gateway, rules: rules,
                    enrolled: try rules.authenticate(admission.credential), upstream: upstream)
                try await body(&pair)
            }
        }
    }

    /// A device that both have agreed on.
    mutating func agree(_ eui: UInt64 = eui, tags: [String: String] = [:]) async throws {
        try await central.register(eui, name: "Meter", tags: tags) { device in
            device.key = SecretBytes([UInt8](repeating: 7, count: 32))
        }
        try await fetch()
        try await send()
    }

    mutating func send() async throws {
        let found = try await gateway.store.outgoingOperations(
            upstream.organization, after: upstream.operationsMark, isLeading: true)
        try await rules.merge(found.operations, from: enrolled)
        try await gateway.store.noteOperations(through: found.through, of: upstream.id)
        upstream.operationsMark = found.through
    }

    mutating func fetch() async throws {
        let page = try await rules.registry(after: upstream.registryRevision, for: enrolled)
        try await gateway.store.apply(page, of: upstream)
        upstream.registryRevision = page.revision
    }

    static func device(_ fixture: StoreFixture, _ eui: UInt64 = eui) async throws -> Device? {
        let id = try await fixture.store.deviceID(
            devEUI: EUI64(rawValue: eui), in: StoreFixture.organization)
        guard let id else { return nil }
        return try await fixture.store.device(id, in: StoreFixture.organization)
    }

    static func change(
        _ fixture: StoreFixture, _ eui: UInt64 = eui, _ change: @Sendable @escaping (inout Device) -> Void
    ) async throws {
        let device = try #require(try await device(fixture, eui))
        _ = try await fixture.store.update(device.id, in: StoreFixture.organization) { change(&$0) }
    }

    static func remove(_ fixture: StoreFixture, _ eui: UInt64 = eui) async throws {
        let device = try #require(try await device(fixture, eui))
        _ = try await fixture.store.delete(
            [device.id], in: StoreFixture.organization, at: fixture.clock.now.wall)
    }

    static func details(_ fixture: StoreFixture) async throws -> [String] {
        try await fixture.store.auditEntries(of: StoreFixture.organization, before: nil, limit: 50)
            .compactMap(\.detail)
    }
}

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
