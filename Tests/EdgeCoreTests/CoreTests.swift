import EdgeCore
import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct CoreTests {
    private func withCore(_ body: (EdgeCore, Principal, ManualClock) async throws -> Void) async throws {
        try await TemporaryDirectory.with { directory in
            let clock = ManualClock()
            let core = try await EdgeCore(store: try StoreFixture.open(directory, clock), registryChanged: {})
            let first = try #require(try await core.begin(name: "Test") { _ in })
            #expect(try await core.begin(name: "Again") { _ in } == nil)
            try await body(core, try core.authenticator.authenticate(token: first.token), clock)
        }
    }

    private func code(_ body: () async throws -> Void) async -> EdgeError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? EdgeError)?.code
        }
    }

    @Test func `a key is good until it is deleted, and an altered token never is`() async throws {
        try await withCore { core, admin, _ in
            let made = try await core.keys.create(.init(name: "K", scopes: ["devices:read"]), by: admin)
            #expect(made.token.split(separator: ".").count == 3)
            let reader = try core.authenticator.authenticate(token: made.token)
            #expect(await code { try reader.require(Permission(.devices, .write)) } == .forbidden)
            #expect(
                await code { _ = try core.authenticator.authenticate(token: made.token + "x") }
                    == .unauthenticated)
            try await core.keys.delete(made.key.id, by: admin)
            #expect(
                await code { _ = try core.authenticator.authenticate(token: made.token) } == .unauthenticated)
        }
    }

    @Test func `a key expires, but not by a clock that was never set`() async throws {
        try await withCore { core, admin, clock in
            let expiry = clock.now.wall.advanced(byMicroseconds: 60_000_000)
            let made = try await core.keys.create(
                .init(name: "K", scopes: ["devices:read"], expiresAt: expiry), by: admin)
            _ = try core.authenticator.authenticate(token: made.token)
            clock.advance(by: .seconds(61))
            #expect(
                await code { _ = try core.authenticator.authenticate(token: made.token) } == .unauthenticated)
            clock.setWall(Timestamp(seconds: 100))
            _ = try core.authenticator.authenticate(token: made.token)
        }
    }

    @Test func `nobody grants more than they have, and the last administrator stays`() async throws {
        try await withCore { core, admin, _ in
            let made = try await core.keys.create(
                .init(name: "K", scopes: ["api_keys:write", "devices:read"]), by: admin)
            let clerk = try core.authenticator.authenticate(token: made.token)
            #expect(
                await code {
                    _ = try await core.keys.create(.init(name: "L", scopes: ["devices:write"]), by: clerk)
                } == .forbidden)
            #expect(
                await code {
                    _ = try await core.keys.create(.init(name: "L", scopes: ["nonsense"]), by: clerk)
                } == .invalid)
            #expect(await code { try await core.keys.delete(admin.key.id, by: clerk) } == .conflict)
            var change = APIKeys.Change()
            change.scopes = ["devices:read"]
            #expect(
                await code { _ = try await core.keys.update(admin.key.id, change, by: admin) } == .conflict)
        }
    }

    @Test func `a continuation token is ours, whole, and of its list and organization`() async throws {
        try await withCore { core, admin, clock in
            let token = try core.tokens.make(["a": 1], list: "things", organization: admin.organization)
            func open(_ token: String, list: String = "things", organization: OrganizationID? = nil) throws
                -> [String: Int]
            {
                try core.tokens.open(
                    token, as: [String: Int].self, list: list,
                    organization: organization ?? admin.organization)
            }
            #expect(try open(token) == ["a": 1])
            #expect(await code { _ = try open(token, list: "others") } == .invalid)
            #expect(await code { _ = try open(token, organization: OrganizationID("x")) } == .invalid)
            #expect(await code { _ = try open("") } == .invalid)
            for position in token.indices {
                var bent = token
                bent.replaceSubrange(position...position, with: token[position] == "A" ? "B" : "A")
                #expect(await code { _ = try open(bent) } == .invalid || bent == token)
            }
            clock.advance(by: .seconds(25 * 3600))
            #expect(await code { _ = try open(token) } == .invalid)
        }
    }

    @Test func `a device keeps the rules`() async throws {
        try await withCore { core, admin, _ in
            func register(_ change: (inout Devices.Registration) -> Void) async -> EdgeError.Code? {
                var registration = Devices.Registration(name: "Name", devEUI: "0011223344556677")
                change(&registration)
                return await code {
                    _ = try await core.devices.register(registration, in: admin.organization, by: .machine)
                }
            }
            #expect(await register { $0.devEUI = "00112233445566" } == .invalid)
            #expect(await register { $0.name = " " } == .invalid)
            #expect(await register { $0.name = String(repeating: "x", count: 10_000) } == .invalid)
            #expect(await register { $0.name = "a\u{0}b" } == .invalid)
            #expect(await register { $0.key = SecretBytes(Array(repeating: 0, count: 65)) } == .invalid)
            #expect(await register { $0.tags = ["hubnet.platform": "Sigfox"] } == .invalid)
            #expect(await register { $0.tags = ["hubnet.other": "x"] } == .invalid)
            #expect(
                await register {
                    $0.tags = Dictionary(uniqueKeysWithValues: (0..<11).map { ("t\($0)", "v") })
                } == .invalid)
            #expect(await register { $0.tags = ["t": String(repeating: "v", count: 129)] } == .invalid)
            #expect(await register { $0.networkID = 1 << 34 } == .invalid)
            #expect(
                await register {
                    $0.encryption = .aes128EAX
                    $0.key = SecretBytes(Array(repeating: 0, count: 32))
                } == .invalid)
            #expect(await register { _ in } == nil)
            #expect(await register { _ in } == .conflict)
        }
    }

    @Test func `a new key forgets what the old one taught`() async throws {
        try await withCore { core, admin, _ in
            var registration = Devices.Registration(name: "Name", devEUI: "0011223344556677")
            registration.key = SecretBytes(Array(0..<32))
            registration.rotation = EIDRotation(counterSource: .deviceUptime)
            let device = try await core.devices.register(registration, in: admin.organization, by: .machine)
            var change = Devices.Change()
            change.key = SecretBytes(Array(32..<64))
            let updated = try await core.devices.update(
                device.id, change, in: admin.organization, by: .machine)
            #expect(updated.rotation == EIDRotation())
            #expect(updated.updatedAt > device.updatedAt)
        }
    }

    @Test func `a fleet gets keys, names and identifiers of its own`() async throws {
        try await withCore { core, admin, _ in
            for encryption in HubbleEncryption.allCases {
                let devices = try await core.devices.register(
                    Devices.Fleet(count: 3, encryption: encryption), in: admin.organization, by: .machine)
                #expect(Set(devices.map(\.id)).count == 3)
                #expect(Set(devices.map(\.devEUI)).count == 3)
                #expect(devices.allSatisfy { ($0.key?.bytes.count ?? 0) == encryption.keyLength })
                #expect(devices.allSatisfy { ($0.networkID != nil) == (encryption == .none) })
                // Administered locally, not multicast.
                #expect(devices.allSatisfy { $0.devEUI.rawValue >> 56 & 3 == 2 })
            }
        }
    }
}
