import EdgeCore
import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

/// A central and a gateway that share a registry, as their conversation has it.
struct RegistryPair {
    static let eui: UInt64 = 0x70B3_D500_0000_0001

    var central: StoreFixture
    let gateway: StoreFixture
    var rules: Central
    var enrolled: EnrolledGateway
    var upstream: Upstream
    /// The central's history, while the gateway has met no other registry of it.
    var newHistory: String?

    static func with(_ body: (inout RegistryPair) async throws -> Void) async throws {
        try await StoreFixture.with { central in
            try await StoreFixture.with { gateway in
                let (rules, enrolled) = try await enroll(central)
                let upstream = try await gateway.addUpstream()
                var pair = RegistryPair(
                    central: central, gateway: gateway, rules: rules, enrolled: enrolled, upstream: upstream)
                try await body(&pair)
            }
        }
    }

    private static func enroll(_ central: StoreFixture) async throws -> (Central, EnrolledGateway) {
        let rules = try await Central(store: central.store, changed: {})
        let made = try await rules.invite(name: "Dock", to: StoreFixture.organization, by: .machine)
        let admission = try await rules.enroll(
            code: made.code, publicKey: [UInt8](repeating: 9, count: 32), from: .machine)
        return (rules, try rules.authenticate(admission.credential))
    }

    /// From now on the central is `other`, as after a restore, and the gateway has noticed.
    mutating func meet(_ other: StoreFixture) async throws {
        central = other
        (rules, enrolled) = try await Self.enroll(other)
        (upstream.operationsMark, upstream.registryRevision, newHistory) = (0, 0, "restored")
        try await fetchSettings()
        try await send()
        try await fetchSettings()
        try await fetch()
        newHistory = nil
        try await send()
    }

    /// A device that both have agreed on.
    mutating func agree(_ eui: UInt64 = eui, tags: [String: String] = [:]) async throws {
        try await Self.register(central, eui, tags: tags)
        try await fetch()
        try await send()
    }

    static func register(
        _ fixture: StoreFixture, _ eui: UInt64 = eui, tags: [String: String] = [:]
    ) async throws {
        try await fixture.register(eui, name: "Meter", tags: tags) { device in
            device.key = SecretBytes([UInt8](repeating: 7, count: 32))
        }
    }

    mutating func send() async throws {
        let found = try await gateway.store.outgoingOperations(
            upstream.organization, after: upstream.operationsMark, isLeading: true,
            newHistory: newHistory)
        try await rules.merge(found.operations, from: enrolled)
        try await gateway.store.noteOperations(through: found.through, of: upstream.id)
        upstream.operationsMark = found.through
    }

    func fetchSettings() async throws {
        let page = try await rules.settings(after: 0, for: enrolled)
        _ = try await gateway.store.apply(page, epoch: newHistory ?? "first", of: upstream, audit: nil) { _ in
        }
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
