import Crypto
import EdgeDelivery
import EdgeModel
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// What a central answered.
struct CentralResponse: Sendable {
    var status: Int
    var retryAfter: Duration?
    var body: ByteBuffer
}

/// A central that cannot be reached, in words for the operator.
struct UnreachableCentral: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }

    /// No answer in time.
    struct Silence: Error {}
}

/// The one connection to a central, kept open between requests. Over https the central must prove the
/// public key that it proved at enrollment; its certificate's dates are held against the clock where
/// that is good, else against the time of this program.
final class CentralConnection: Sendable {
    /// The whole of a request: connecting, sending, the answer.
    static let timeout = TimeAmount.seconds(30)
    private static let connectTimeout = TimeAmount.seconds(10)
    static let answerLimit = 8 * 1_048_576

    private let url: DestinationURL
    private let pin: [UInt8]?
    private let resolver: AddressResolver
    private let clock: EdgeClock
    private let channel = Mutex<(any Channel)?>(nil)
    private let failure = FirstFailure()

    init(url: DestinationURL, pin: [UInt8]?, resolver: AddressResolver, clock: EdgeClock) {
        self.url = url
        self.pin = pin
        self.resolver = resolver
        self.clock = clock
    }

    /// One request and its answer. Throws `UnreachableCentral` or `CancellationError`.
    func perform(
        _ method: HTTPMethod, _ path: String, body: [UInt8], contentType: String, isCompressed: Bool = false,
        credential: SecretBytes?, sdkKey: SecretBytes? = nil
    ) async throws -> CentralResponse {
        var headers: HTTPHeaders = [
            "Host": authority, "User-Agent": "holdfast", "Content-Type": contentType,
            "Content-Length": "\(body.count)",
        ]
        if isCompressed { headers.add(name: "Content-Encoding", value: "gzip") }
        if let credential {
            headers.add(
                name: "Authorization", value: "Bearer " + String(decoding: credential.bytes, as: UTF8.self))
        }
        if let sdkKey { headers.add(name: "X-Sdk-Key", value: String(decoding: sdkKey.bytes, as: UTF8.self)) }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
        let isKept = channel.withLock { $0 != nil }
        do {
            do {
                return try await attempt(head, body)
            } catch  where isKept && !Task.isCancelled && !(error is UnreachableCentral.Silence) {
                // A connection that was kept may have been closed meanwhile; what is asked twice is done
                // once.
                await close()
                return try await attempt(head, body)
            }
        } catch {
            await close()
            try Task.checkCancellation()
            // A handshake may fail before there is a request that could.
            throw Self.explained(failure.take() ?? error)
        }
    }

    private func attempt(_ head: HTTPRequestHead, _ body: [UInt8]) async throws -> CentralResponse {
        let channel = try await open()
        return try await withTaskCancellationHandler {
            try await Self.exchange(head, ByteBuffer(bytes: body), on: channel)
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Ends the connection; another request makes a new one.
    func close() async {
        let open = channel.withLock { channel in
            defer { channel = nil }
            return channel
        }
        try? await open?.close()
    }

    /// SHA-256 of the public key that the central proved; nil over http, or while there is no connection.
    func provenKey() async throws -> [UInt8]? {
        guard url.scheme == .https, let open = channel.withLock({ $0 }) else { return nil }
        guard let certificate = try await open.nioSSL_peerCertificate().get() else { return nil }
        return try Self.keyDigest(of: certificate)
    }

    private var authority: String {
        let place = String(url.text.dropFirst("\(url.scheme.rawValue)://".count))
        return String(place.prefix { $0 != "/" })
    }

    private static func exchange(_ head: HTTPRequestHead, _ body: ByteBuffer, on channel: any Channel)
        async throws
        -> CentralResponse
    {
        let answer = channel.eventLoop.makePromise(of: CentralResponse.self)
        let deadline = channel.eventLoop.scheduleTask(in: timeout) {
            answer.fail(UnreachableCentral.Silence())
        }
        channel.writeAndFlush(Exchange(head: head, body: body, answer: answer)).cascadeFailure(to: answer)
        defer { deadline.cancel() }
        return try await answer.futureResult.get()
    }

    private func open() async throws -> any Channel {
        if let open = channel.withLock({ $0 }), open.isActive { return open }
        let rule = DestinationRule()
        let found = try await resolver.addresses(of: url.host)
        guard !found.isEmpty else { throw UnreachableCentral("the host name does not resolve") }
        guard let address = found.first(where: { rule.permits($0.address, url.scheme) }) else {
            throw UnreachableCentral("http is for addresses of the own network; use https")
        }
        let context = url.scheme == .https ? try Self.context() : nil
        let (host, pin, clock, failure) = (serverName, pin, clock, failure)
        _ = failure.take()
        let made = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(Self.connectTimeout)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        try pipeline.addHandler(try Self.tls(context, host: host, pin: pin, clock))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(ExchangeHandler(failure))
                }
            }
            .connect(host: address.text, port: url.port).get()
        channel.withLock { $0 = made }
        return made
    }

    private var serverName: String? {
        if case .name(let name) = url.host { name } else { nil }
    }

    private static func context() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = .seconds(1)
        return try NIOSSLContext(configuration: configuration)
    }

    private static func tls(_ context: NIOSSLContext, host: String?, pin: [UInt8]?, _ clock: EdgeClock) throws
        -> NIOSSLClientHandler
    {
        guard let pin else { return try NIOSSLClientHandler(context: context, serverHostname: host) }
        return try NIOSSLClientHandler(context: context, serverHostname: host) { certificates, verdict in
            verdict.completeWith(Result { try verify(certificates.first, pin: pin, clock) })
        }
    }

    /// The key tells who it is, not who vouches for it.
    private static func verify(_ certificate: NIOSSLCertificate?, pin: [UInt8], _ clock: EdgeClock) throws
        -> NIOSSLVerificationResult
    {
        guard let certificate, try keyDigest(of: certificate) == pin else { return .failed }
        let now = clock.now().wall
        let isKnown = clock.quality(of: now) != .none
        let time = isKnown ? now.seconds : EdgeClock.earliestPlausible.seconds
        let hasBegun = !isKnown || Int64(certificate.notValidBefore) <= time
        return hasBegun && Int64(certificate.notValidAfter) >= time ? .certificateVerified : .failed
    }

    private static func keyDigest(of certificate: NIOSSLCertificate) throws -> [UInt8] {
        Array(SHA256.hash(data: try certificate.extractPublicKey().toSPKIBytes()))
    }

    private static func explained(_ error: any Error) -> UnreachableCentral {
        switch error {
        case let error as UnreachableCentral: return error
        case is UnreachableCentral.Silence: return UnreachableCentral("no answer within 30 seconds")
        case let error as EdgeError: return UnreachableCentral(error.message)
        case let error as IOError:
            return UnreachableCentral("the connection failed: \(String(cString: strerror(error.errnoCode)))")
        case is NIOConnectionError:
            return UnreachableCentral("no connection")
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            return UnreachableCentral(
                "TLS failed: the central did not prove the key that is expected, or its certificate is not good"
            )
        default:
            let text = "\(error)".split { $0.isNewline }.joined(separator: " ")
            return UnreachableCentral("the connection failed: " + text.prefix(180))
        }
    }
}

/// What went wrong first on a connection.
private final class FirstFailure: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    func note(_ failure: any Error) { error.withLock { $0 = $0 ?? failure } }

    func take() -> (any Error)? {
        error.withLock { error in
            defer { error = nil }
            return error
        }
    }
}

/// A request on its way down the pipeline, and who waits for its answer.
private struct Exchange: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    let answer: EventLoopPromise<CentralResponse>
}

/// Turns one exchange at a time into the parts of HTTP, and its parts into an answer.
private final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    private var answer: EventLoopPromise<CentralResponse>?
    private var response: CentralResponse?
    private var closes = false
    private let failure: FirstFailure

    init(_ failure: FirstFailure) { self.failure = failure }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        answer = exchange.answer
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(exchange.body))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let asked = head.headers.first(name: "Retry-After").flatMap { Int($0) }
            response = CentralResponse(
                status: Int(head.status.code),
                retryAfter: asked.map { .seconds(min(max($0, 1), 300)) }, body: ByteBuffer())
            closes = head.headers[canonicalForm: "connection"].contains("close")
        case .body(var piece):
            response?.body.writeBuffer(&piece)
            if (response?.body.readableBytes ?? 0) > CentralConnection.answerLimit {
                fail(UnreachableCentral("the answer is too long"))
                context.close(promise: nil)
            }
        case .end:
            if let response { answer?.succeed(response) }
            (answer, response) = (nil, nil)
            if closes { context.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(UnreachableCentral("the central closed the connection without an answer"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure.note(error)
        fail(error)
        context.close(promise: nil)
    }

    private func fail(_ error: any Error) {
        answer?.fail(error)
        (answer, response) = (nil, nil)
    }
}
