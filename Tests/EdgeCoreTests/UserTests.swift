import EdgeCore
import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct UserTests {
    @Test func `the last administrator is neither demoted nor removed`() async throws {
        try await CoreFixture.with { fixture in
            let ada = try await fixture.add("ada@example.com", .admin)
            let before = try await fixture.actions()
            #expect(await failure { try await fixture.update(ada, role: .member) } == .conflict)
            #expect(
                await failure { _ = try await fixture.core.users.remove(ada, by: fixture.admin) } == .conflict
            )
            // What did not happen is not in the log.
            #expect(try await fixture.actions() == before)
            let bob = try await fixture.add("bob@example.com", .admin)
            try await fixture.update(ada, role: .member)
            #expect(
                await failure { _ = try await fixture.core.users.remove(bob, by: fixture.admin) } == .conflict
            )
        }
    }

    @Test func `a new role holds for sessions that exist, also after a restart`() async throws {
        try await CoreFixture.with { fixture in
            try await fixture.add("ada@example.com", .admin)
            let bob = try await fixture.add("bob@example.com", .admin)
            let session = try await fixture.logIn("bob@example.com")
            try fixture.principal(session).require(Permission(.users, .write))
            try await fixture.update(bob, role: .member)
            let demoted = try fixture.principal(session)
            #expect(demoted.key.permissions == Role.member.permissions)
            let again = try await EdgeCore(store: fixture.store, registryChanged: {})
            #expect(
                try again.authenticator.authenticate(token: session.token).key.permissions
                    == Role.member.permissions)
        }
    }

    @Test func `who is removed is out with the next request, and the organization's keys stay`() async throws
    {
        try await CoreFixture.with { fixture in
            try await fixture.add("ada@example.com", .admin)
            let bob = try await fixture.add("bob@example.com")
            let sessions = [
                try await fixture.logIn("bob@example.com"), try await fixture.logIn("BOB@example.com"),
            ]
            let kept = try await fixture.core.users.remove(bob, by: fixture.admin)
            #expect(kept.map(\.id) == [fixture.admin.key.id])
            for session in sessions {
                #expect(await failure { _ = try fixture.principal(session) } == .unauthenticated)
            }
            let again = try await EdgeCore(store: fixture.store, registryChanged: {})
            #expect(
                await failure { _ = try again.authenticator.authenticate(token: sessions[0].token) }
                    == .unauthenticated)
            #expect(await failure { _ = try await fixture.logIn("bob@example.com") } == .forbidden)
            _ = try await fixture.core.users.add("bob@example.com", as: .member, by: fixture.admin)
            _ = try await fixture.logIn("bob@example.com")
        }
    }

    @Test func `a member has nothing to do with keys, people, bills and the organization's data`() {
        let denied: [Permission] = [
            Permission(.keys, .read), Permission(.keys, .write), Permission(.users, .read),
            Permission(.users, .write), Permission(.invitations, .read), Permission(.invitations, .write),
            Permission(.billing, .read), Permission(.organization, .write),
        ]
        #expect(Role.member.permissions.isDisjoint(with: denied))
        #expect(Role.member.permissions.union(denied) == Permission.all)
        #expect(Role.admin.permissions == Permission.all)
    }

    @Test func `nobody makes an administrator who is none`() async throws {
        try await CoreFixture.with { fixture in
            let bob = try await fixture.add("bob@example.com")
            let made = try await fixture.core.keys.create(
                .init(name: "Clerk", scopes: ["users:write", "invitations:write"]), by: fixture.admin)
            let clerk = try fixture.core.authenticator.authenticate(token: made.token)
            #expect(await failure { try await fixture.update(bob, role: .admin, by: clerk) } == .forbidden)
            #expect(
                await failure {
                    _ = try await fixture.core.invitations.create(
                        .init(email: "c@example.com", role: .admin, message: nil) { $0 }, by: clerk)
                } == .forbidden)
            try await fixture.update(bob, role: .member, by: clerk)
        }
    }

    @Test func `an address is added once, whatever its case, and only with an account`() async throws {
        try await CoreFixture.with { fixture in
            func add(_ email: String) async -> EdgeError.Code? {
                await failure {
                    _ = try await fixture.core.users.add(email, as: .member, by: fixture.admin)
                }
            }
            #expect(await add("nobody@example.com") == .notFound)
            try await fixture.add("Bob@Example.com")
            #expect(await add("bob@example.COM") == .conflict)
            #expect(await add("[email protected]") == .invalid)
            let page = try await fixture.core.users.list(fixture.organization, offset: 0, limit: 10)
            #expect(page.users.map(\.email.text) == ["Bob@Example.com"])
            #expect(page.total == 1)
        }
    }

    @Test(arguments: [
        ("a@b", true), ("first.last+tag@sub.example.com", true), ("jürgen@exämple.de", true),
        ("a@b@c", false), ("@b", false), ("a@", false), ("a", false), ("", false), ("a b@c", false),
        ("a@b c", false), ("a@b..c", false), (".a@b", false), ("a@-b", false), ("a\u{0}@b", false),
        ("a@b\n", false), ("a@" + String(repeating: "b", count: 260), false), ("[email protected]", false),
    ])
    func `an address is local, at, domain`(_ text: String, _ isGood: Bool) {
        #expect((EmailAddress(text) != nil) == isGood)
    }

    @Test func `a name reads as it was given`() {
        for name in ["Ada", "Ada Lovelace", "Ada King Lovelace", "Ada  King"] {
            #expect(PersonName(name).full == name)
        }
        #expect(PersonName("Ada King Lovelace").last == "King Lovelace")
    }

    @Test func `a time zone is one of the IANA database, and a country has a number`() async throws {
        try await CoreFixture.with { fixture in
            func set(_ zone: String) async -> EdgeError.Code? {
                var change = OrganizationProfiles.Change()
                change.timeZone = zone
                return await failure {
                    _ = try await fixture.core.profiles.update(
                        fixture.organization, change, by: fixture.admin)
                }
            }
            for good in ["UTC", "America/New_York", "Europe/Kyiv", "Asia/Kolkata"] {
                #expect(await set(good) == nil)
                let organization = try await fixture.core.profiles.get(fixture.organization)
                #expect(organization.timeZone == good)
            }
            for bad in ["", "Mars/Olympus", "GMT+3", "Europe/", "Europe/Berlin\n", "../etc/passwd", "CET1"] {
                #expect(await set(bad) == .invalid)
            }
        }
        #expect(CountryCode.number(of: "USA") == 840)
        #expect(CountryCode.number(of: "de") == 276)
        #expect(CountryCode.number(of: "Germany") == nil)
        #expect(CountryCode.letters(of: 4) == "AFG")
        #expect(CountryCode.letters(of: 0) == nil)
    }
}
