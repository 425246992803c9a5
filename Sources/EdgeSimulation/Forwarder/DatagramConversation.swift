import NIOCore
import NIOPosix

/// A UDP socket and the two sides of a conversation with one server.
enum DatagramConversation {
    typealias Envelope = AddressedEnvelope<ByteBuffer>

    /// Runs `body` with a sender, and hands it what the server answers. Everything ends with `body`.
    static func run<C: Clock>(
        with server: SocketAddress, windowLimit: Int, patience: Duration, clock: C,
        _ body: @escaping @Sendable (DatagramSender<C>) async throws -> Void
    ) async throws where C.Duration == Duration {
        let any = try SocketAddress(ipAddress: server.protocol == .inet6 ? "::" : "0.0.0.0", port: 0)
        let socket = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(to: any) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<Envelope, Envelope>(wrappingChannelSynchronously: channel)
                }
            }
        try await socket.executeThenClose { inbound, outbound in
            let sender = DatagramSender(
                to: server, writer: outbound, windowLimit: windowLimit, patience: patience, clock: clock)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await envelope in inbound {
                        await sender.receive(Array(envelope.data.readableBytesView))
                    }
                }
                group.addTask { try await body(sender) }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }
}
