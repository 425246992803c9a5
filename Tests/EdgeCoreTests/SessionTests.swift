import EdgeCore
import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct SessionTests {
    @Test func `a session ends after twelve hours, by a clock that was set`() async throws {
        try await CoreFixture.with { fixture in
            try await fixture.add("ada@example.com", .admin)
            let session = try await fixture.logIn("ada@example.com")
            fixture.clock.advance(by: .seconds(12 * 3600 - 1))
            _ = try fixture.principal(session)
            fixture.clock.advance(by: .seconds(1))
            #expect(await failure { _ = try fixture.principal(session) } == .unauthenticated)
        }
    }

    @Test func `sessions are no keys`() async throws {
        try await CoreFixture.with { fixture in
            try await fixture.add("ada@example.com", .admin)
            let session = try fixture.principal(try await fixture.logIn("ada@example.com"))
            #expect(fixture.core.keys.list(fixture.organization).map(\.id) == [fixture.admin.key.id])
            #expect(
                await failure { try await fixture.core.keys.delete(session.key.id, by: fixture.admin) }
                    == .notFound)
            // A session that allows everything does not stand in for the last administrator's key.
            #expect(
                await failure { try await fixture.core.keys.delete(fixture.admin.key.id, by: session) }
                    == .conflict)
            let made = try await fixture.core.keys.create(.init(name: "K", scopes: nil), by: session)
            #expect(made.key.account == nil)
        }
    }

    @Test func `an account has ten sessions, of which the oldest goes`() async throws {
        try await CoreFixture.with { fixture in
            try await fixture.add("ada@example.com", .admin)
            var sessions: [Sessions.Created] = []
            for _ in 0...Sessions.limit {
                sessions.append(try await fixture.logIn("ada@example.com"))
                fixture.clock.advance(by: .seconds(1))
            }
            #expect(await failure { _ = try fixture.principal(sessions[0]) } == .unauthenticated)
            for session in sessions.dropFirst() { _ = try fixture.principal(session) }
            let again = try await EdgeCore(store: fixture.store, registryChanged: {})
            #expect(
                await failure { _ = try again.authenticator.authenticate(token: sessions[0].token) }
                    == .unauthenticated)
        }
    }

    @Test func `logging out ends this session and no other`() async throws {
        try await CoreFixture.with { fixture in
            try await fixture.add("ada@example.com", .admin)
            let first = try await fixture.logIn("ada@example.com")
            let second = try await fixture.logIn("ada@example.com")
            try await fixture.core.sessions.logOut(try fixture.principal(first))
            #expect(await failure { _ = try fixture.principal(first) } == .unauthenticated)
            _ = try fixture.principal(second)
            #expect(await failure { try await fixture.core.sessions.logOut(fixture.admin) } == .invalid)
        }
    }

    @Test func `ten failures a minute are enough, for an account and for an address`() async throws {
        try await CoreFixture.with { fixture in
            try await fixture.add("ada@example.com", .admin)
            func attempt(_ email: String, _ password: String, from address: String) async -> EdgeError? {
                do {
                    _ = try await fixture.logIn(email, password, from: address)
                    return nil
                } catch {
                    return error as? EdgeError
                }
            }
            for number in 0..<10 {
                let refusal = await attempt("ADA@example.com", "wrong", from: "192.0.2.\(number)")
                #expect(refusal?.code == .unauthenticated)
            }
            // The account is closed, for the right password too, from wherever it comes.
            let locked = await attempt("ada@example.com", CoreFixture.password, from: "192.0.2.99")
            #expect(locked?.code == .rateLimited)
            #expect(locked?.retryAfterSeconds == 60)
            for number in 0..<10 {
                let refusal = await attempt("x\(number)@example.com", "wrong", from: "198.51.100.1")
                #expect(refusal?.code == .unauthenticated)
            }
            #expect(await attempt("y@example.com", "wrong", from: "198.51.100.1")?.code == .rateLimited)
            fixture.clock.advance(by: .seconds(60))
            #expect(await attempt("ada@example.com", CoreFixture.password, from: "198.51.100.1") == nil)
            // What succeeds is not counted.
            for _ in 0..<12 {
                #expect(await attempt("ada@example.com", CoreFixture.password, from: "198.51.100.1") == nil)
            }
        }
    }

    @Test func `nobody fills the audit log from outside`() async throws {
        try await CoreFixture.with { fixture in
            let before = try await fixture.actions().count
            func fail(_ number: Int) async {
                let code = await failure {
                    _ = try await fixture.logIn("x\(number)@example.com", "wrong", from: "192.0.2.\(number)")
                }
                #expect(code == .unauthenticated)
            }
            for number in 0..<100 { await fail(number) }
            fixture.clock.advance(by: .seconds(60))
            await fail(100)
            let entries = try AuditInspection(directory: fixture.directory).newest(1_000)
            #expect(entries.count == before + 61)
            #expect(entries.first?.detail == "x100@example.com; 40 more before it were left out")
        }
    }

    @Test func `an unknown address and a wrong password are told in the same words`() async throws {
        try await CoreFixture.with { fixture in
            try await fixture.add("ada@example.com", .admin)
            var messages: Set<String> = []
            for email in ["ada@example.com", "nobody@example.com"] {
                do {
                    _ = try await fixture.logIn(email, "wrong password")
                } catch let error as EdgeError {
                    messages.insert("\(error.code) \(error.message)")
                }
            }
            #expect(messages == ["unauthenticated Invalid email or password"])
        }
    }

    @Test func `a password has ten characters to 256`() {
        for length in [0, 9, 257] {
            #expect(throws: EdgeError.self) {
                try PasswordRule.check(String(repeating: "ü", count: length))
            }
        }
        for length in [10, 256] {
            #expect((try? PasswordRule.check(String(repeating: "ü", count: length))) != nil)
        }
    }

    @Test func `a hash is salted, checked by its own cost, and no password`() async throws {
        let hasher = PasswordHasher(cost: PasswordCost(logRounds: 4, parallelism: 1))
        let password = SecretBytes(Array("correct horse".utf8))
        let (one, other) = (try await hasher.hash(password), try await hasher.hash(password))
        #expect(one != other)
        #expect(!String(decoding: one.bytes, as: UTF8.self).contains("horse"))
        let dearer = PasswordHasher(cost: PasswordCost(logRounds: 5, parallelism: 2))
        #expect(try await dearer.matches(password, one))
        #expect(try await !dearer.matches(SecretBytes(Array("correct hors".utf8)), one))
        #expect(try await !dearer.matches(password, nil))
    }

    /// RFC 7914 section 12, the second vector, as this program would have stored it.
    @Test func `scrypt is RFC 7914's`() async throws {
        let salt = Base64URL.encode(Array("NaCl".utf8))
        let expected: [UInt8] = [
            0xfd, 0xba, 0xbe, 0x1c, 0x9d, 0x34, 0x72, 0x00, 0x78, 0x56, 0xe7, 0x19, 0x0d, 0x01, 0xe9, 0xfe,
            0x7c, 0x6a, 0xd7, 0xcb, 0xc8, 0x23, 0x78, 0x30, 0xe7, 0x73, 0x76, 0x63, 0x4b, 0x37, 0x31, 0x62,
        ]
        let record = "scrypt$10$8$16$\(salt)$\(Base64URL.encode(expected))"
        let hasher = PasswordHasher(cost: .standard)
        #expect(
            try await hasher.matches(SecretBytes(Array("password".utf8)), SecretBytes(Array(record.utf8))))
    }
}
