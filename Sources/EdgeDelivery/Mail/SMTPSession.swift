import EdgeModel
import FoundationEssentials

/// One conversation with a mail server, to hand over one letter: a value that is told each reply and says
/// what comes next. It does no I/O.
///
/// Credentials are said over TLS only. Where STARTTLS is asked for, a server that does not offer it, or
/// refuses it, gets neither credentials nor letter.
struct SMTPSession {
    enum Action: Hashable {
        /// A command; the end of the line is not in it.
        case say(String)
        /// TLS begins; `secured` tells what follows.
        case secure
        /// The letter, and the dot that ends it.
        case sendMessage
        case end(MailAttempt)
    }

    private enum Step {
        case greeting, hello, oldHello, startTLS, plain, loginName, loginPassword, sender, recipient, data
        case message
    }

    private let name: String
    private let options: MailOptions
    private let recipient: EmailAddress
    private var step = Step.greeting
    private var isSecure: Bool
    private var extensions: [String: [String]] = [:]

    /// `name` is how this host calls itself.
    init(name: String, options: MailOptions, recipient: EmailAddress) {
        self.name = name
        self.options = options
        self.recipient = recipient
        isSecure = options.security == .implicit
    }

    mutating func received(_ reply: SMTPReply) -> Action {
        // The server closes: that is nothing against the letter, wherever it comes.
        guard reply.code != 421 else { return .end(.failed(reply.reason)) }
        switch step {
        case .greeting: return reply.code == 220 ? hello() : trouble("the server does not greet", reply)
        case .hello, .oldHello: return greeted(reply)
        case .startTLS:
            return reply.code == 220 ? .secure : trouble("the server refused STARTTLS", reply)
        case .plain, .loginName, .loginPassword: return loggingIn(reply)
        case .sender:
            // 530: it wants a login first; 535 and 538: another one.
            if [530, 535, 538].contains(reply.code) { return trouble("the server wants a login", reply) }
            return expecting(200..<300, reply, .recipient, "RCPT TO:<\(recipient.text)>")
        case .recipient: return expecting(200..<300, reply, .data, "DATA")
        case .data:
            guard reply.code == 354 else { return .end(Self.verdict(reply)) }
            step = .message
            return .sendMessage
        case .message: return .end(reply.code / 100 == 2 ? .accepted : Self.verdict(reply))
        }
    }

    /// TLS stands: what was said before does not count.
    mutating func secured() -> Action {
        isSecure = true
        extensions = [:]
        return hello()
    }

    private mutating func hello() -> Action {
        step = .hello
        return .say("EHLO \(name)")
    }

    private mutating func greeted(_ reply: SMTPReply) -> Action {
        guard reply.code == 250 else {
            if step == .hello, options.security == .off, reply.code / 100 == 5 {
                step = .oldHello
                return .say("HELO \(name)")
            }
            return trouble("the server refused EHLO", reply)
        }
        extensions = step == .hello ? reply.extensions : [:]
        if options.security == .startTLS, !isSecure {
            guard extensions["STARTTLS"] != nil else {
                return .end(.failed("the server does not offer STARTTLS"))
            }
            step = .startTLS
            return .say("STARTTLS")
        }
        return options.login == nil ? envelope() : logIn()
    }

    private mutating func logIn() -> Action {
        guard let login = options.login, isSecure else {
            return .end(.failed("a login needs TLS"))
        }
        let methods = extensions["AUTH"] ?? []
        if methods.contains("PLAIN") {
            step = .plain
            let text = [0] + Array(login.user.utf8) + [0] + login.password.bytes
            return .say("AUTH PLAIN " + Data(text).base64EncodedString())
        }
        guard methods.contains("LOGIN") else {
            return .end(.failed("the server offers no login with PLAIN or LOGIN"))
        }
        step = .loginName
        return .say("AUTH LOGIN")
    }

    private mutating func loggingIn(_ reply: SMTPReply) -> Action {
        switch (step, reply.code) {
        case (.loginName, 334):
            step = .loginPassword
            return .say(Data((options.login?.user ?? "").utf8).base64EncodedString())
        case (.loginPassword, 334):
            step = .plain
            return .say(Data(options.login?.password.bytes ?? []).base64EncodedString())
        case (.plain, 200..<300): return envelope()
        default: return trouble("the server refused the login", reply)
        }
    }

    private mutating func envelope() -> Action {
        let isPlain =
            options.sender.text.utf8.allSatisfy { $0 < 0x80 } && recipient.text.utf8.allSatisfy { $0 < 0x80 }
        guard isPlain || extensions["SMTPUTF8"] != nil else {
            return .end(.refused("the server takes no addresses with letters beyond ASCII"))
        }
        step = .sender
        return .say("MAIL FROM:<\(options.sender.text)>" + (isPlain ? "" : " SMTPUTF8"))
    }

    private mutating func expecting(_ codes: Range<Int>, _ reply: SMTPReply, _ next: Step, _ command: String)
        -> Action
    {
        guard codes.contains(reply.code) else { return .end(Self.verdict(reply)) }
        step = next
        return .say(command)
    }

    private func trouble(_ what: String, _ reply: SMTPReply) -> Action {
        .end(.failed("\(what): \(reply.reason)"))
    }

    /// Of a reply about the letter.
    private static func verdict(_ reply: SMTPReply) -> MailAttempt {
        switch reply.code / 100 {
        case 4: .deferred(reply.reason)
        case 5: .refused(reply.reason)
        default: .failed("the server's answer is not understood: \(reply.reason)")
        }
    }
}
