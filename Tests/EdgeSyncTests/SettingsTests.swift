import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct SettingsTests {
    /// A gateway with an upstream, and a central with what `fill` puts there.
    private static func pair(_ body: (StoreFixture, StoreFixture, Upstream) async throws -> Void) async throws
    {
        try await StoreFixture.with { central in
            try await StoreFixture.with { gateway in
                let upstream = try await gateway.addUpstream()
                try await body(central, gateway, upstream)
            }
        }
    }

    private static func page(_ store: Store, after revision: Int64 = 0) async throws -> SettingsPage {
        try await store.settingsPage(of: StoreFixture.organization, after: revision)
    }

    @discardableResult
    private static func apply(
        _ page: SettingsPage, _ gateway: StoreFixture, _ upstream: Upstream, epoch: String = "c"
    ) async throws -> SettingsOutcome {
        try await gateway.store.apply(page, epoch: epoch, of: upstream, audit: nil) { _ in }
    }

    private static func codec(_ name: String, source: String = "", at clock: ManualClock) -> Codec {
        Codec(
            id: CodecID("codec-\(name)"), organization: StoreFixture.organization, name: name,
            kind: .javaScript, source: source, createdAt: clock.now.wall, updatedAt: clock.now.wall)
    }

    private static func key(_ name: String, at clock: ManualClock) -> StoredCredential {
        StoredCredential(
            key: APIKey(
                id: APIKeyID("key-\(name)"), organization: StoreFixture.organization, name: name,
                scopes: ["devices:read"], permissions: [Permission(.devices, .read)],
                createdAt: clock.now.wall, updatedAt: clock.now.wall),
            tokenHash: [UInt8](repeating: UInt8(name.utf8.first ?? 0), count: 32))
    }

    private static func names(_ store: Store) async throws -> [String] {
        try await store.codecs(of: StoreFixture.organization).map(\.name)
    }

    @Test func `a delta has what changed, and the whole takes away what is not among it`() async throws {
        try await Self.pair { central, gateway, upstream in
            for name in ["A", "B"] {
                try await central.store.addCodec(Self.codec(name, at: central.clock), limit: 10)
            }
            let first = try await Self.page(central.store)
            #expect(first.isBeginning && first.isLast)
            try await Self.apply(first, gateway, upstream)
            #expect(try await Self.names(gateway.store) == ["A", "B"])
            _ = try await central.store.deleteCodec(CodecID("codec-A"), of: StoreFixture.organization)
            let delta = try await Self.page(central.store, after: first.revision)
            #expect(delta.items.map(\.id) == ["codec-A"] && !delta.isBeginning)
            #expect(delta.items.map(\.fields) == [nil])
            try await Self.apply(delta, gateway, upstream)
            #expect(try await Self.names(gateway.store) == ["B"])
            // A central of another history that never had B.
            var other = try await Self.page(central.store)
            other.items.removeAll { $0.kind == SettingsKind.codec.rawValue }
            try await Self.apply(other, gateway, upstream, epoch: "d")
            #expect(try await Self.names(gateway.store) == [])
        }
    }

    @Test func `what was made here stays, under another name where it must`() async throws {
        try await Self.pair { central, gateway, upstream in
            var own = Self.codec("A", at: gateway.clock)
            own.id = CodecID("own")
            try await gateway.store.addCodec(own, limit: 10)
            try await central.store.addCodec(Self.codec("A", at: central.clock), limit: 10)
            try await Self.apply(try await Self.page(central.store), gateway, upstream)
            #expect(try await Self.names(gateway.store) == ["A", "A (2)"])
            await #expect(throws: EdgeError.self) {
                try await gateway.store.deleteCodec(CodecID("codec-A"), of: StoreFixture.organization)
            }
            #expect(try await gateway.store.deleteCodec(CodecID("own"), of: StoreFixture.organization))
        }
    }

    @Test func `large codecs make small pages, and a page goes on where the one before ended`() async throws {
        try await Self.pair { central, gateway, upstream in
            let source = String(repeating: "x", count: 60_000)
            for number in 0..<20 {
                try await central.store.addCodec(
                    Self.codec("C\(number)", source: source, at: central.clock), limit: 100)
            }
            var (revision, pages) = (Int64(0), 0)
            while true {
                let page = try await Self.page(central.store, after: revision)
                #expect(page.items.reduce(0) { $0 + $1.weight } < SettingsPage.weightLimit + 70_000)
                revision = try await Self.apply(page, gateway, upstream).progress.revision
                pages += 1
                if page.isLast { break }
            }
            #expect(pages > 1)
            #expect(try await Self.names(gateway.store).count == 20)
        }
    }

    @Test func `a kind that a later version has is passed over, and the rest is taken`() async throws {
        try await Self.pair { central, gateway, upstream in
            try await central.store.addCodec(Self.codec("A", at: central.clock), limit: 10)
            var page = try await Self.page(central.store)
            var strange = page.items[0]
            strange.kind = "hologram"
            page.items.insert(strange, at: 0)
            var broken = SettingsItem(kind: .codec, id: "broken", fields: ["name": "No", "revision": "many"])
            broken.fields?["kind"] = "javascript"
            page.items.insert(broken, at: 0)
            let outcome = try await Self.apply(page, gateway, upstream)
            #expect(outcome.unknownKinds == ["hologram"])
            #expect(outcome.refused == 1)
            #expect(try await Self.names(gateway.store) == ["A"])
            #expect(outcome.progress.revision == page.revision)
        }
    }

    @Test func `a key that was taken back here is not given again`() async throws {
        try await Self.pair { central, gateway, upstream in
            try await central.store.addCredential(Self.key("r", at: central.clock))
            let page = try await Self.page(central.store)
            let outcome = try await Self.apply(page, gateway, upstream)
            let keys = outcome.changes.compactMap { change -> StoredCredential? in
                if case .key(let credential) = change { credential } else { nil }
            }
            let taken = try #require(keys.first)
            #expect(taken.key.permissions == [Permission(.devices, .read)])
            #expect(taken.tokenHash == Self.key("r", at: central.clock).tokenHash)
            try await gateway.store.revokeCredential(taken.key.id, at: gateway.clock.now.wall)
            try await Self.apply(page, gateway, upstream)
            #expect(try await gateway.store.credentials().isEmpty)
            // Without the central none of its keys is good.
            #expect(try await gateway.store.removeUpstream(upstream.id, audit: nil))
        }
    }

    @Test func `a gateway of an earlier version is told of devices what it knows`() async throws {
        try await StoreFixture.with { central in
            try await central.store.addCodec(Self.codec("A", at: central.clock), limit: 10)
            try await central.register(7) { $0.codec = CodecID("codec-A") }
            let page = try await central.store.registryPage(of: StoreFixture.organization, after: 0)
            #expect(page.entries[0].fields["codec"] == "codec-A")
            #expect(page.settingsRevision == (try await central.store.settingsRevision()))
            let earlier = page.inFirstFormat()
            #expect(earlier.entries[0].fields["codec"] == nil)
            #expect(earlier.entries[0].fields["name"] == "Device 7")
            #expect(earlier.format == nil && earlier.revision == page.revision)
        }
    }

    @Test func `keys, people and webhooks go with the central, codecs stay`() async throws {
        try await Self.pair { central, gateway, upstream in
            try await central.store.addCredential(Self.key("r", at: central.clock))
            try await central.store.addCodec(Self.codec("A", at: central.clock), limit: 10)
            try await Self.apply(try await Self.page(central.store), gateway, upstream)
            #expect(try await gateway.store.credentials().count == 1)
            #expect(try await gateway.store.removeUpstream(upstream.id, audit: nil))
            #expect(try await gateway.store.credentials().isEmpty)
            #expect(try await Self.names(gateway.store) == ["A"])
        }
    }
}
