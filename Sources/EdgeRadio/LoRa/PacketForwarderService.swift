package import EdgeModel
package import Logging
package import Metrics
package import NIOCore
import NIOPosix
import ServiceLifecycle

/// Takes what LoRa packet forwarders send by UDP (GWMP versions 1 and 2), acknowledges it, and
/// hands the frames to the queue.
///
/// Listens from `bind` on and serves until graceful shutdown; whatever was acknowledged by then
/// has been offered to the queue.
package struct PacketForwarderService: Service {
    /// The address in force: the port is the chosen one where 0 was asked for.
    package let address: SocketAddress
    /// The way back to each gateway that has pulled.
    package let downlinks: DownlinkPaths
    /// Sends to those gateways.
    package let transmitter: DownlinkTransmitter
    private let channel: any Channel

    /// Opens the socket; `answered` gets what gateways say to downlinks, `keeper` the time where one of
    /// them has a GPS. The service must then be run, or the socket stays open.
    package static func bind(
        _ options: ForwarderOptions, queue: SightingQueue, board: GatewayBoard,
        clock: EdgeClock = .system, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        metrics: any MetricsFactory = MetricsSystem.factory,
        keeper: TimeKeeper? = nil, answered: @escaping @Sendable (DownlinkAnswer) -> Void = { _ in },
        logger: Logger
    ) async throws(PacketForwarderError) -> PacketForwarderService {
        let downlinks = DownlinkPaths()
        let transmitter = DownlinkTransmitter(paths: downlinks, clock: clock, answered: answered)
        let bootstrap = DatagramBootstrap(group: group)
            .channelOption(.datagramVectorReadMessageCount, value: datagramsPerRead)
            .channelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: datagramsPerRead * bytesPerDatagram)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ForwarderHandler(
                            options: options, queue: queue, board: board, clock: clock,
                            downlinks: downlinks, transmitter: transmitter, keeper: keeper,
                            metrics: metrics, logger: logger))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: options.host, port: options.port).get()
            do {
                let address = try await configure(channel)
                transmitter.attach(channel)
                return PacketForwarderService(
                    address: address, downlinks: downlinks, transmitter: transmitter, channel: channel)
            } catch {
                channel.close(promise: nil)
                throw error
            }
        } catch {
            throw .cannotListen(host: options.host, port: options.port, cause: error)
        }
    }

    /// Serves until graceful shutdown or cancellation. Throws when the system closes the socket
    /// before that.
    package func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await channel.closeFuture.get()
        } onCancelOrGracefulShutdown: {
            channel.close(promise: nil)
        }
        guard Task.isCancelled || Task.isShuttingDownGracefully else {
            throw PacketForwarderError.socketClosed
        }
    }

    /// One system call reads this many datagrams.
    private static let datagramsPerRead = 16
    /// A UDP datagram over IPv4 has at most 65,507 bytes.
    private static let bytesPerDatagram = 65_536
    /// A second of a busy site, should something hold this process up.
    private static let receiveBuffer = 4 * 1024 * 1024

    private static func configure(_ channel: any Channel) async throws -> SocketAddress {
        guard let address = channel.localAddress else { throw ChannelError.inappropriateOperationForState }
        if address.ipAddress == "0.0.0.0" || address.ipAddress == "::" {
            // NIO takes this option only once the socket has an address.
            try await channel.setOption(.receivePacketInfo, value: true).get()
        }
        do {
            // SO_RCVBUFFORCE passes the system's limit, and needs CAP_NET_ADMIN; SO_RCVBUF stays
            // below it (net.core.rmem_max) without saying so.
            let force = NIOBSDSocket.Option(rawValue: 33)
            try await channel.setOption(.socketOption(force), value: receiveBuffer).get()
        } catch {
            try await channel.setOption(.socketOption(.so_rcvbuf), value: receiveBuffer).get()
        }
        return address
    }
}

/// Why the service cannot listen, or no longer does.
package enum PacketForwarderError: Error, CustomStringConvertible {
    case cannotListen(host: String, port: Int, cause: any Error)
    /// The system has closed the socket; the log has the reason.
    case socketClosed

    package var description: String {
        switch self {
        case .cannotListen(let host, let port, let cause):
            "cannot listen for packet forwarders on UDP \(host):\(port): \(cause)"
        case .socketClosed: "the packet forwarder socket was closed"
        }
    }
}
