import EdgeModel
import Testing

@testable import EdgeDelivery

struct SMTPSessionTests {
    private static let login = MailOptions.Login(user: "u", password: SecretBytes(Array("p".utf8)))

    private func session(_ security: MailOptions.Security, _ login: MailOptions.Login? = nil) throws
        -> SMTPSession
    {
        let sender = try #require(EmailAddress("a@example.org"))
        let options = MailOptions(
            host: .name("mail.example.org"), port: 25, security: security, login: login, sender: sender)
        return SMTPSession(
            name: "[127.0.0.1]", options: options,
            recipient: try #require(EmailAddress("b@example.com")))
    }

    /// What is said, reply after reply; `secured` follows where TLS begins.
    private func conversation(
        _ security: MailOptions.Security, _ login: MailOptions.Login? = nil, replies: [(Int, [String])]
    ) throws -> [SMTPSession.Action] {
        var session = try session(security, login)
        return replies.flatMap { code, lines in
            let action = session.received(SMTPReply(code: code, lines: lines))
            return action == .secure ? [action, session.secured()] : [action]
        }
    }

    @Test func `a letter goes step by step`() throws {
        let said = try conversation(
            .off,
            replies: [
                (220, ["hi"]), (250, ["me"]), (250, [""]), (251, ["will forward"]), (354, [""]), (250, [""]),
            ])
        #expect(
            said == [
                .say("EHLO [127.0.0.1]"), .say("MAIL FROM:<a@example.org>"), .say("RCPT TO:<b@example.com>"),
                .say("DATA"), .sendMessage, .end(.accepted),
            ])
    }

    @Test func `nothing is believed that was said before TLS`() throws {
        let said = try conversation(
            .startTLS, Self.login,
            replies: [
                (220, [""]), (250, ["me", "STARTTLS", "AUTH PLAIN"]), (220, ["go"]),
                (250, ["me", "AUTH LOGIN"]),
                (334, [""]), (334, [""]), (235, [""]),
            ])
        #expect(
            said == [
                .say("EHLO [127.0.0.1]"), .say("STARTTLS"), .secure, .say("EHLO [127.0.0.1]"),
                .say("AUTH LOGIN"), .say("dQ=="), .say("cA=="), .say("MAIL FROM:<a@example.org>"),
            ])
    }

    @Test func `a login with PLAIN is one line`() throws {
        let said = try conversation(
            .implicit, Self.login, replies: [(220, [""]), (250, ["me", "AUTH=LOGIN PLAIN"])])
        #expect(said.last == .say("AUTH PLAIN AHUAcA=="))
    }

    @Test func `without TLS there is no login, whatever the options say`() throws {
        let said = try conversation(
            .off, Self.login, replies: [(220, [""]), (250, ["me", "AUTH PLAIN LOGIN"])])
        #expect(said.last == .end(.failed("a login needs TLS")))
    }

    @Test func `a server that takes STARTTLS back gets nothing`() throws {
        for code in [454, 501, 250] {
            let said = try conversation(
                .startTLS, Self.login, replies: [(220, [""]), (250, ["me", "STARTTLS"]), (code, ["no"])])
            #expect(said.last == .end(.failed("the server refused STARTTLS: \(code) no")))
        }
    }

    @Test func `a closing server is nothing against the letter, at any step`() throws {
        let replies: [(Int, [String])] = [(220, [""]), (250, [""]), (250, [""]), (250, [""]), (354, [""])]
        for count in 0...replies.count {
            let said = try conversation(.off, replies: replies.prefix(count) + [(421, ["bye"])])
            #expect(said.last == .end(.failed("421 bye")))
        }
    }
}
