import EdgeCore
import EdgeModel
import EdgeStore
import Foundation
import GatewayTestSupport
import Testing

@Suite struct InvitationTests {
    @Test func `an invitation is good once`() async throws {
        try await CoreFixture.with { fixture in
            let made = try await fixture.invite("new@example.com")
            #expect(try await fixture.core.invitations.pending(fixture.organization).total == 1)
            let user = try await fixture.accept(made.token)
            #expect(user.role == .member)
            #expect(user.name.full == "New One")
            #expect(try await fixture.core.invitations.pending(fixture.organization).total == 0)
            #expect(await failure { _ = try await fixture.accept(made.token) } == .notFound)
            #expect(try await fixture.logIn("new@example.com").role == .member)
        }
    }

    @Test func `after seven days it is neither listed nor acceptable, and another can be sent`() async throws
    {
        try await CoreFixture.with { fixture in
            let made = try await fixture.invite("new@example.com")
            fixture.clock.advance(by: .seconds(7 * 86_400 - 1))
            #expect(try await fixture.core.invitations.pending(fixture.organization).total == 1)
            fixture.clock.advance(by: .seconds(1))
            #expect(try await fixture.core.invitations.pending(fixture.organization).invitations.isEmpty)
            #expect(await failure { _ = try await fixture.accept(made.token) } == .notFound)
            #expect(
                await failure {
                    _ = try await fixture.core.invitations.revoke(made.invitation.id, by: fixture.admin)
                }
                    == .notFound)
            let second = try await fixture.invite("new@example.com")
            #expect(second.token != made.token)
            _ = try await fixture.accept(second.token)
        }
    }

    @Test func `one address has one pending invitation, and a member none`() async throws {
        try await CoreFixture.with { fixture in
            let made = try await fixture.invite("new@example.com")
            #expect(await failure { _ = try await fixture.invite("NEW@example.com") } == .conflict)
            let revoked = try await fixture.core.invitations.revoke(
                email: "New@example.com", by: fixture.admin)
            #expect(revoked == made.invitation.id)
            #expect(await failure { _ = try await fixture.accept(made.token) } == .notFound)
            _ = try await fixture.accept(try await fixture.invite("new@example.com").token)
            #expect(await failure { _ = try await fixture.invite("new@example.com") } == .conflict)
        }
    }

    @Test func `who has an account says its password and keeps it`() async throws {
        try await CoreFixture.with { fixture in
            try await fixture.add("ada@example.com", .admin)
            let bob = try await fixture.add("bob@example.com")
            _ = try await fixture.core.users.remove(bob, by: fixture.admin)
            let made = try await fixture.invite("bob@example.com", as: .admin)
            #expect(
                await failure { _ = try await fixture.accept(made.token, password: "another password") }
                    == .unauthenticated)
            let user = try await fixture.accept(made.token, name: nil)
            #expect(user.account == bob)
            #expect(user.role == .admin)
            #expect(user.name.full == "Some One")
        }
    }

    @Test func `a new account takes a name and a password that is one`() async throws {
        try await CoreFixture.with { fixture in
            let made = try await fixture.invite("new@example.com")
            #expect(await failure { _ = try await fixture.accept(made.token, name: nil) } == .invalid)
            #expect(await failure { _ = try await fixture.accept(made.token, name: " ") } == .invalid)
            #expect(await failure { _ = try await fixture.accept(made.token, password: "short") } == .invalid)
            _ = try await fixture.accept(made.token)
        }
    }

    @Test func `links are not guessed: ten wrong ones a minute from one address`() async throws {
        try await CoreFixture.with { fixture in
            for number in 0..<10 {
                #expect(await failure { _ = try await fixture.accept("guess \(number)") } == .notFound)
            }
            let made = try await fixture.invite("new@example.com")
            #expect(await failure { _ = try await fixture.accept(made.token) } == .rateLimited)
            fixture.clock.advance(by: .seconds(61))
            _ = try await fixture.accept(made.token)
        }
    }

    @Test func `neither the secret of a link nor a password is in the files`() async throws {
        try await CoreFixture.with { fixture in
            let made = try await fixture.invite("new@example.com")
            try await fixture.add("ada@example.com", .admin)
            let session = try await fixture.logIn("ada@example.com")
            try fixture.store.close()
            let bytes = try Data(contentsOf: URL(filePath: fixture.directory + "/holdfast.db"))
            #expect(bytes.range(of: Data("new@example.com".utf8)) != nil)
            for secret in [made.token, session.token, CoreFixture.password] {
                #expect(bytes.range(of: Data(secret.utf8)) == nil)
            }
        }
    }
}
