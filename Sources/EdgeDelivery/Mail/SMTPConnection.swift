import EdgeModel
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Carries one letter to the mail server over a connection of its own.
struct SMTPConnection {
    let options: MailOptions
    let resolver: AddressResolver

    /// Addresses of the server that are tried in one attempt.
    private static let addressLimit = 4
    private static let farewellTimeout = TimeAmount.seconds(5)

    /// What the attempt came to, and the connection if it still stands: its end is not worth waiting for
    /// before the attempt is kept. Throws `CancellationError` only.
    func hand(_ message: MailMessage) async throws -> (attempt: MailAttempt, open: (any Channel)?) {
        let failures = FirstFailure()
        do {
            let channel = try await connect(failures)
            do {
                let attempt = try await withTaskCancellationHandler {
                    try await converse(on: channel, message)
                } onCancel: {
                    channel.close(promise: nil)
                }
                return (attempt, channel)
            } catch {
                failures.note(error)
                try? await channel.close()
                throw error
            }
        } catch {
            try Task.checkCancellation()
            return (.failed(Self.explained(failures.error ?? error)), nil)
        }
    }

    /// Ends the conversation; what the server says to it does not matter.
    func leave(_ channel: any Channel) async {
        await withTaskCancellationHandler {
            _ = try? await exchange(
                ByteBuffer(string: "QUIT\r\n"), within: Self.farewellTimeout, on: channel)
        } onCancel: {
            channel.close(promise: nil)
        }
        try? await channel.close()
    }

    private func converse(on channel: any Channel, _ message: MailMessage) async throws -> MailAttempt {
        var session = SMTPSession(
            name: Self.name(of: channel.localAddress), options: options, recipient: message.mail.recipient)
        var action = session.received(try await exchange(nil, on: channel))
        while true {
            switch action {
            case .say(let command):
                let line = ByteBuffer(string: command + "\r\n")
                action = session.received(try await exchange(line, on: channel))
            case .secure:
                try await channel.writeAndFlush(SMTPStep.secure(try tls()))
                action = session.secured()
            case .sendMessage:
                let reply = try await exchange(
                    ByteBuffer(bytes: message.bytes), within: options.acceptanceTimeout, on: channel)
                action = session.received(reply)
            case .end(let attempt): return attempt
            }
        }
    }

    private func exchange(_ bytes: ByteBuffer?, within limit: TimeAmount? = nil, on channel: any Channel)
        async throws -> SMTPReply
    {
        let answer = channel.eventLoop.makePromise(of: SMTPReply.self)
        let deadline = channel.eventLoop.scheduleTask(in: limit ?? options.replyTimeout) {
            answer.fail(SMTPTrouble("no answer in time"))
        }
        defer { deadline.cancel() }
        channel.writeAndFlush(SMTPStep.say(bytes, answer)).cascadeFailure(to: answer)
        return try await answer.futureResult.get()
    }

    private func connect(_ failures: FirstFailure) async throws -> any Channel {
        let found = try await resolver.addresses(of: options.host)
        guard !found.isEmpty else { throw SMTPTrouble("the host name does not resolve") }
        let rule = DestinationRule()
        let scheme: DestinationURL.Scheme = options.security == .off ? .http : .https
        let permitted = found.filter { rule.permits($0.address, scheme) }.prefix(Self.addressLimit)
        guard !permitted.isEmpty else {
            throw SMTPTrouble("without TLS mail goes to addresses of the own network only")
        }
        var failure: (any Error)?
        for address in permitted {
            do {
                return try await connect(to: address, failures)
            } catch {
                try Task.checkCancellation()
                failure = error
            }
        }
        throw failure ?? SMTPTrouble("no connection")
    }

    private func connect(to address: ResolvedAddress, _ failures: FirstFailure) async throws -> any Channel {
        let tls = options.security == .implicit ? try tls() : nil
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(options.connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(try tls.handler()) }
                    try channel.pipeline.syncOperations.addHandler(SMTPHandler(failures))
                }
            }
            .connect(host: address.text, port: options.port).get()
    }

    private func tls() throws -> SMTPStep.TLS {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = .seconds(1)
        if let authorities = options.authorities {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authorities))
        }
        let name: String? = if case .name(let name) = options.host { name } else { nil }
        return SMTPStep.TLS(context: try NIOSSLContext(configuration: configuration), serverName: name)
    }

    /// An address literal (RFC 5321, section 4.1.3): true wherever this host is, and always well-formed.
    static func name(of address: SocketAddress?) -> String {
        let text = (address?.ipAddress ?? "127.0.0.1").prefix { $0 != "%" }
        return text.contains(":") ? "[IPv6:\(text)]" : "[\(text)]"
    }

    static func explained(_ error: any Error) -> String {
        switch error {
        case let error as SMTPTrouble: return error.description
        case let error as EdgeError: return error.message
        case is SMTPReplyParser.Malformed: return "what the server says is not SMTP"
        case let error as IOError:
            return "the connection failed: \(String(cString: strerror(error.errnoCode)))"
        case is NIOConnectionError, is ChannelError: return "no connection"
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            return "TLS failed: nobody who is trusted vouches for the server under this name"
        default:
            let text = "\(error)".split { $0.isNewline }.joined(separator: " ")
            return "the connection failed: " + text.prefix(180)
        }
    }
}

/// What does not work about a mail server, in words for the operator.
struct SMTPTrouble: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
