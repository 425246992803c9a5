import EdgeModel
import EdgeStore
import Foundation
import GatewayTestSupport
import Testing

@Suite struct MailStoreTests {
    private func invite(_ email: String, in fixture: StoreFixture, token: UInt8) async throws {
        let address = try #require(EmailAddress(email))
        let now = fixture.clock.now.wall
        let invitation = Invitation(
            id: InvitationID(email), organization: StoreFixture.organization, email: address, role: .member,
            message: nil, invitedBy: nil, createdAt: now,
            expiresAt: now.advanced(byMicroseconds: 3_600_000_000))
        let mail = Mail(recipient: address, subject: "S", body: SecretBytes(Array("to \(email)".utf8)))
        _ = try await fixture.store.invite(
            invitation, tokenHash: [token], mail: mail, limit: 10, audit: nil)
    }

    private func waiting(_ fixture: StoreFixture, _ store: Store? = nil) async throws -> [WaitingMail] {
        try await (store ?? fixture.store).waitingMail(at: fixture.clock.now.wall, limit: 10)
    }

    @Test func `a letter waits until it has ended, over a crash too`() async throws {
        try await StoreFixture.with { fixture in
            try await invite("a@example.com", in: fixture, token: 1)
            try await invite("b@example.com", in: fixture, token: 2)
            let letters = try await waiting(fixture)
            #expect(letters.map(\.attempts) == [0, 0])
            let now = fixture.clock.now.wall
            try await fixture.store.recordMail(
                letters[0].id, .queued(attempts: 1, lastError: "later"), at: now)
            // What was tried least comes first.
            #expect(try await waiting(fixture).map(\.id) == [letters[1].id, letters[0].id])
            let store = try fixture.reopened()
            #expect(try await waiting(fixture, store).map(\.attempts) == [0, 1])
            let mail = try #require(try await store.mail(letters[0].id))
            #expect(mail.recipient.text == "a@example.com")
            #expect(String(decoding: mail.body.bytes, as: UTF8.self) == "to a@example.com")
            try await store.recordMail(letters[0].id, .sent, at: now)
            try await store.recordMail(letters[1].id, .failed("no"), at: now)
            #expect(try await waiting(fixture, store).isEmpty)
            #expect(try await store.mail(letters[0].id) == nil)
            #expect(try await store.mailCounts(at: now) == MailCounts(waiting: 0, dead: 1))
            let page = try await store.invitations(
                of: StoreFixture.organization, at: now, offset: 0, limit: 9)
            #expect(page.invitations.map(\.mail) == [.sent, .failed("no")])
        }
    }

    @Test func `what was taken stays taken, whatever is recorded afterwards`() async throws {
        try await StoreFixture.with { fixture in
            try await invite("a@example.com", in: fixture, token: 1)
            let letter = try #require(try await waiting(fixture).first)
            let now = fixture.clock.now.wall
            try await fixture.store.recordMail(letter.id, .sent, at: now)
            for state in [MailState.failed("no"), .queued(attempts: 2, lastError: "later")] {
                try await fixture.store.recordMail(letter.id, state, at: now)
            }
            let page = try await fixture.store.invitations(
                of: StoreFixture.organization, at: now, offset: 0, limit: 9)
            #expect(page.invitations.map(\.mail) == [.sent])
        }
    }

    @Test func `the letter of an invitation that is over does not go out`() async throws {
        try await StoreFixture.with { fixture in
            try await invite("revoked@example.com", in: fixture, token: 1)
            try await invite("late@example.com", in: fixture, token: 2)
            _ = try await fixture.store.revokeInvitation(
                id: InvitationID("revoked@example.com"), in: StoreFixture.organization,
                at: fixture.clock.now.wall, audit: nil)
            #expect(try await waiting(fixture).count == 1)
            fixture.clock.advance(by: .seconds(3_600))
            #expect(try await waiting(fixture).isEmpty)
            let counts = try await fixture.store.mailCounts(at: fixture.clock.now.wall)
            #expect(counts == MailCounts(waiting: 0, dead: 0))
        }
    }

    @Test func `a new letter wakes who waits for one`() async throws {
        try await StoreFixture.with { fixture in
            let seen = fixture.store.mailChanges.count
            async let woken: Void = fixture.store.mailChanges.wait(after: seen)
            try await invite("a@example.com", in: fixture, token: 1)
            await woken
            #expect(fixture.store.mailChanges.count == seen + 1)
        }
    }
}
