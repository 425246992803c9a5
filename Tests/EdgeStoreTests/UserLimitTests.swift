import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct UserLimitTests {
    @Test func `an organization that is full makes no account`() async throws {
        try await StoreFixture.with { fixture in
            func join(_ email: String) async throws -> Joining {
                let address = try #require(EmailAddress(email))
                let account = Account(
                    id: AccountID(email), email: address, name: PersonName("N"),
                    passwordHash: SecretBytes([0x78]), createdAt: fixture.clock.now.wall)
                return try await fixture.store.join(
                    address, creating: account, as: .member, in: StoreFixture.organization, limit: 2,
                    at: fixture.clock.now.wall, audit: nil)
            }
            for number in 1...2 {
                guard case .joined = try await join("\(number)@example.com") else {
                    Issue.record("not joined")
                    return
                }
            }
            guard case .full = try await join("3@example.com") else {
                Issue.record("joined beyond the limit")
                return
            }
            #expect(try await fixture.store.account(email: #require(EmailAddress("2@example.com"))) != nil)
            #expect(try await fixture.store.account(email: #require(EmailAddress("3@example.com"))) == nil)
        }
    }
}
