import EdgeDelivery
import EdgeModel
import EdgeStore
import GatewayTestSupport
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

struct MailServiceTests {
    /// Says `greeting` to who connects, and then nothing.
    private final class Greeter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let greeting: String

        init(_ greeting: String) { self.greeting = greeting }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: greeting)), promise: nil)
        }
    }

    private func letter(_ store: Store) async throws {
        let now = EdgeClock.system.now().wall
        let email = try #require(EmailAddress("b@example.com"))
        let invitation = Invitation(
            id: InvitationID("i"), organization: StoreFixture.organization, email: email, role: .member,
            message: nil, invitedBy: nil, createdAt: now,
            expiresAt: now.advanced(byMicroseconds: 3_600_000_000))
        _ = try await store.invite(
            invitation, tokenHash: [1], mail: Mail(recipient: email, subject: "S", body: SecretBytes([0x61])),
            limit: 1, audit: nil)
    }

    private func state(_ store: Store) async throws -> MailState? {
        let now = EdgeClock.system.now().wall
        let page = try await store.invitations(of: StoreFixture.organization, at: now, offset: 0, limit: 1)
        return page.invitations.first?.mail
    }

    /// The state of a letter once it was given up, at a server that only greets.
    private func end(greeting: String) async throws -> MailState? {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Greeter(greeting))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let found = try await TemporaryDirectory.with { directory -> MailState? in
            let store = try Store(directory: directory.path, clock: .system, logger: StoreFixture.quiet)
            try await store.addOrganization(StoreFixture.organization, name: "One", at: Timestamp(seconds: 0))
            var options = MailOptions(
                host: try DestinationURL("http://127.0.0.1").host, port: port, security: .off,
                sender: try #require(EmailAddress("a@example.org")))
            options.replyTimeout = .milliseconds(200)
            options.retry = RetryPolicy(first: .milliseconds(20), longest: .milliseconds(20))
            options.attemptLimit = 2
            let service = MailService(store: store, options: options, logger: StoreFixture.quiet)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [.init(service: service, serviceName: "mail")], logger: StoreFixture.quiet))
            async let running: Void = group.run()
            try await letter(store)
            var found: MailState?
            for _ in 0..<500 {
                found = try await state(store)
                if case .failed = found { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            await group.triggerGracefulShutdown()
            try await running
            #expect(
                try await store.mailCounts(at: EdgeClock.system.now().wall) == MailCounts(waiting: 0, dead: 1)
            )
            return found
        }
        try await server.close()
        return found
    }

    @Test func `a server that never says anything is given up after the last attempt`() async throws {
        #expect(try await end(greeting: "") == .failed("no answer in time"))
    }

    @Test func `so is one that falls silent, or says nonsense`() async throws {
        #expect(try await end(greeting: "220 hi\r\n") == .failed("no answer in time"))
        #expect(try await end(greeting: "SSH-2.0\r\n") == .failed("what the server says is not SMTP"))
        #expect(try await end(greeting: "220 a\r\n220 b\r\n") == .failed("what the server says is not SMTP"))
    }
}
