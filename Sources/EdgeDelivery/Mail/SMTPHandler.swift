import NIOCore
import NIOSSL
import Synchronization

/// What goes down the pipeline to a mail server.
enum SMTPStep: Sendable {
    struct TLS: Sendable {
        let context: NIOSSLContext
        let serverName: String?

        func handler() throws -> NIOSSLClientHandler {
            try NIOSSLClientHandler(context: context, serverHostname: serverName)
        }
    }

    /// Bytes, if there are any, and who gets the next reply.
    case say(ByteBuffer?, EventLoopPromise<SMTPReply>)
    /// From here on everything is TLS.
    case secure(TLS)
}

/// One reply for each thing that is said; a reply that nobody asked for ends the connection.
final class SMTPHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = SMTPStep
    typealias OutboundOut = ByteBuffer

    private var parser = SMTPReplyParser()
    private var waiting: EventLoopPromise<SMTPReply>?
    /// The greeting may come before anybody waits for it.
    private var early: SMTPReply?
    private let failures: FirstFailure
    private var failure: (any Error)? { failures.error }

    init(_ failures: FirstFailure) { self.failures = failures }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .say(let bytes, let answer):
            if let failure { return refuse(failure, answer, promise) }
            if let early {
                self.early = nil
                // A reply that was there before the question is not an answer to it.
                guard bytes == nil else { return refuse(SMTPReplyParser.Malformed(), answer, promise) }
                answer.succeed(early)
                promise?.succeed()
                return
            }
            waiting = answer
            if let bytes {
                context.write(wrapOutboundOut(bytes), promise: promise)
            } else {
                promise?.succeed()
            }
        case .secure(let tls): secure(tls, context, promise)
        }
    }

    /// What came in clear behind the reply would be taken for protected (CVE-2011-0411): there must be
    /// nothing.
    private func secure(
        _ tls: SMTPStep.TLS, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) {
        guard failure == nil, early == nil, parser.isAtStart else {
            promise?.fail(failure ?? SMTPReplyParser.Malformed())
            return
        }
        do {
            try context.pipeline.syncOperations.addHandler(try tls.handler(), position: .first)
            promise?.succeed()
        } catch {
            promise?.fail(error)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        parser.append(unwrapInboundIn(data).readableBytesView)
        do {
            while let reply = try parser.next() {
                if let waiting {
                    self.waiting = nil
                    waiting.succeed(reply)
                } else if early == nil {
                    early = reply
                } else {
                    throw SMTPReplyParser.Malformed()
                }
            }
        } catch {
            errorCaught(context: context, error: error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(SMTPTrouble("the server closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    private func refuse(
        _ error: any Error, _ answer: EventLoopPromise<SMTPReply>, _ promise: EventLoopPromise<Void>?
    ) {
        answer.fail(error)
        promise?.succeed()
    }

    private func fail(_ error: any Error) {
        failures.note(error)
        waiting?.fail(error)
        waiting = nil
    }
}

/// What went wrong first on a connection: what comes of it later says less.
final class FirstFailure: Sendable {
    private let first = Mutex<(any Error)?>(nil)

    var error: (any Error)? { first.withLock { $0 } }

    func note(_ error: any Error) { first.withLock { $0 = $0 ?? error } }
}
