import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@testable import EdgeCore

@Suite struct DemoDataTests {
    private static func withCore(
        _ emails: EmailRule = .demonstration, _ body: (EdgeCore, Store) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with { directory in
            let store = try StoreFixture.open(directory, ManualClock())
            let core = try await EdgeCore(
                store: store, passwordCost: PasswordCost(logRounds: 4, parallelism: 1), emails: emails,
                registryChanged: {})
            try await body(core, store)
        }
    }

    @Test func `an empty database gets the documented objects and a first key, once`() async throws {
        try await Self.withCore { core, store in
            let first = try #require(try await core.beginDemonstration { _ in })
            #expect(first.organization == DemoData.organization)
            #expect(try await core.profiles.get(first.organization).plan == "enterprise")
            #expect(try await store.device(DemoPackets.device, in: first.organization) != nil)
            #expect(try await store.users(of: first.organization, offset: 0, limit: 9).total == 2)
            #expect(core.keys.list(first.organization).count == 2)
            _ = try await store.delete(
                [DemoPackets.device], in: first.organization, at: Timestamp(seconds: 0))

            #expect(try await core.beginDemonstration { _ in } == nil)
            #expect(try await store.device(DemoPackets.device, in: first.organization) == nil)
        }
    }

    @Test func `a database with data of its own is refused and left alone`() async throws {
        try await Self.withCore { core, store in
            _ = try await core.begin(name: "Mine") { _ in }
            await #expect(throws: EdgeError.self) { try await core.beginDemonstration { _ in } }
            #expect(try await store.organizations().count == 1)
        }
    }

    @Test func `demo data that was not written to its end is not taken for complete`() async throws {
        try await Self.withCore { core, store in
            try await store.setDemoState(.begun)
            await #expect(throws: EdgeError.self) { try await core.beginDemonstration { _ in } }
        }
    }

    @Test func `the printed placeholder is an address in a demonstration only`() throws {
        for purpose in [EmailRule.Purpose.account, .invitee, .contact] {
            #expect(
                try EmailRule.demonstration.check(EmailRule.placeholder, of: purpose).text.hasSuffix(".com"))
            #expect(throws: EdgeError.self) {
                try EmailRule.standard.check(EmailRule.placeholder, of: purpose)
            }
            #expect(throws: EdgeError.self) { try EmailRule.demonstration.check("no address", of: purpose) }
        }
    }
}
