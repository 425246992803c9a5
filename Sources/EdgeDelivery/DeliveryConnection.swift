import AsyncHTTPClient
import EdgeModel
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// The connection to one destination: to an address that was looked at, kept open between deliveries.
///
/// The name is resolved first, each address is judged, and the client is told to connect to the one
/// that was chosen and to no other; `Host`, SNI and the certificate stay those of the name.
struct DeliveryConnection {
    /// The whole of an attempt: resolving, connecting, sending, the answer.
    static let timeout = Duration.seconds(30)
    private static let connectTimeout = TimeAmount.seconds(10)
    /// Bytes of an answer that are read; they are not looked at.
    private static let answerLimit = 65_536
    private static let answerTimeout = Duration.seconds(5)
    /// An address is asked for again after this long, also when the connection still stands.
    private static let trust = Duration.seconds(30)

    let rule: DestinationRule
    let resolver: AddressResolver
    let clock: EdgeClock
    private var client: (HTTPClient, url: DestinationURL, address: ResolvedAddress)?
    private var vettedAt = MonotonicInstant(nanoseconds: 0)
    /// Raised with each failure, so that the next attempt goes to another address of the name.
    private var turn = 0

    init(rule: DestinationRule, resolver: AddressResolver, clock: EdgeClock) {
        self.rule = rule
        self.resolver = resolver
        self.clock = clock
    }

    /// One attempt. Throws `CancellationError` only.
    mutating func post(_ body: ByteBuffer, to url: String, secret: SecretBytes) async throws -> AttemptOutcome
    {
        let deadline = ContinuousClock.now + Self.timeout
        let outcome: AttemptOutcome
        do {
            let destination = try DestinationURL(url)
            let client = try await connect(to: destination, by: deadline)
            outcome = try await Self.beforeDeadline(deadline) {
                try await Self.send(body, to: destination, secret, through: client)
            }
        } catch let failure as Refusal {
            outcome = .failed(failure.failure)
        } catch let error as EdgeError {
            let kind = error.code == .invalid ? AttemptOutcome.Failure.Kind.forbidden : .transport
            outcome = .failed(.init(kind, reason: error.message))
        } catch {
            try Task.checkCancellation()
            outcome = .failed(.init(.transport, reason: Self.explain(error)))
        }
        if case .delivered = outcome { return outcome }
        turn += 1
        await close()
        return outcome
    }

    /// Ends the connection; another attempt makes a new one.
    mutating func close() async {
        guard let (open, _, _) = client else { return }
        client = nil
        try? await open.shutdown()
    }

    private struct Refusal: Error {
        var failure: AttemptOutcome.Failure
        init(_ kind: AttemptOutcome.Failure.Kind, _ reason: String) {
            failure = AttemptOutcome.Failure(kind, reason: reason)
        }
    }

    private mutating func connect(
        to url: DestinationURL, by deadline: ContinuousClock.Instant
    ) async throws -> HTTPClient {
        let now = clock.now().monotonic
        if let client, client.url == url, now.since(vettedAt) < Self.trust { return client.0 }
        let resolver = resolver
        let found = try await Self.beforeDeadline(deadline) { try await resolver.addresses(of: url.host) }
        guard !found.isEmpty else { throw Refusal(.transport, "the host name does not resolve") }
        let permitted = found.filter { rule.permits($0.address, url.scheme) }
        guard !permitted.isEmpty else { throw Refusal(.forbidden, "the address is not one to deliver to") }
        vettedAt = now
        if let client, client.url == url, permitted.contains(client.address) { return client.0 }
        // The client must look for the name that is mapped, or it would resolve another by itself.
        if case .name(let name) = url.host, URL(string: url.text)?.host != name {
            throw Refusal(.forbidden, "the host name is not a plain one")
        }
        await close()
        let address = permitted[turn % permitted.count]
        let made = HTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: Self.configuration(url, address))
        client = (made, url, address)
        return made
    }

    private static func configuration(_ url: DestinationURL, _ address: ResolvedAddress)
        -> HTTPClient.Configuration
    {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: connectTimeout))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1
        // Retries are the schedule's business.
        configuration.connectionPool.retryConnectionEstablishment = false
        if case .name(let name) = url.host { configuration.dnsOverride = [name: address.text] }
        return configuration
    }

    private static func send(
        _ body: ByteBuffer, to url: DestinationURL, _ secret: SecretBytes, through client: HTTPClient
    ) async throws -> AttemptOutcome {
        var request = HTTPClientRequest(url: url.text)
        request.method = .POST
        request.headers = [
            "Content-Type": "application/json", "User-Agent": "holdfast",
            "HTTP-X-HUBBLE-TOKEN": String(decoding: secret.bytes, as: UTF8.self),
        ]
        request.body = .bytes(body)
        let response = try await client.execute(request, deadline: .now() + .seconds(60))
        let outcome = AttemptOutcome(
            status: Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"))
        // Read to the end, so that the connection can be used again. The status stands, whatever comes.
        let body = response.body
        try? await beforeDeadline(.now + answerTimeout) {
            var count = 0
            for try await piece in body {
                count += piece.readableBytes
                if count > answerLimit { break }
            }
        }
        return outcome
    }

    /// Runs `body`; throws `Refusal` when it takes longer than until `deadline`.
    private static func beforeDeadline<Value: Sendable>(
        _ deadline: ContinuousClock.Instant, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(until: deadline, clock: .continuous)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else {
                throw Refusal(.timeout, "no answer within \(timeout.components.seconds) seconds")
            }
            return value
        }
    }

    /// One line about a failed connection.
    private static func explain(_ error: any Error) -> String {
        if let error = error as? HTTPClientError {
            switch error {
            case .connectTimeout: return "no connection within 10 seconds"
            case .remoteConnectionClosed: return "the receiver closed the connection without an answer"
            default: return String(error.description.prefix(200))
            }
        }
        let text = "\(error)".split { $0.isNewline }.joined(separator: " ")
        return "the connection failed: " + text.prefix(180)
    }
}
