import CBluetooth
import EdgeModel
import EdgeRadio
import EdgeTestSupport
import Glibc
import Logging
import NIOCore
import Testing

/// A service on a loopback socket, with what it writes to.
struct ForwarderFixture {
    let service: PacketForwarderService
    let queue: SightingQueue
    let board: GatewayBoard
    let metrics: RecordingMetrics

    static let now = ClockReading(
        wall: Timestamp(seconds: 1_800_000_000), monotonic: MonotonicInstant(nanoseconds: 5_000_000_000))

    /// Runs the service as long as `body` takes; its clock stands still.
    static func with(
        _ options: ForwarderOptions = ForwarderOptions(host: "127.0.0.1", port: 0),
        queueCapacity: Int = 1000, answered: @escaping @Sendable (DownlinkAnswer) -> Void = { _ in },
        body: (ForwarderFixture) async throws -> Void
    ) async throws {
        let queue = SightingQueue(capacity: queueCapacity)
        let board = GatewayBoard()
        let metrics = RecordingMetrics()
        let service = try await PacketForwarderService.bind(
            options, queue: queue, board: board, clock: EdgeClock(read: { now }), metrics: metrics,
            answered: answered,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            try await body(
                ForwarderFixture(service: service, queue: queue, board: board, metrics: metrics))
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    func gateway(at address: String = "127.0.0.1") throws -> ForwarderSocket {
        try ForwarderSocket(to: SocketAddress(ipAddress: address, port: try #require(service.address.port)))
    }

    /// Sends the datagram and waits until it has been processed.
    func send(_ datagram: [UInt8], from socket: ForwarderSocket) {
        socket.send(datagram)
        settle(socket)
    }

    /// Waits until everything sent before has been processed, which happens after acknowledging:
    /// when the socket has been read up. A read takes at most four batches, so the sixth answered
    /// PULL_DATA belongs to a later one.
    func settle(_ socket: ForwarderSocket, as gateway: String = "ffffffffffffffff") {
        for token: UInt8 in 0..<6 {
            socket.send(bytes(hex: "02 ee0\(token) 02 \(gateway)"))
            while let reply = socket.receive(), reply != [2, 0xEE, token, 4] {}
        }
    }
}

/// A forwarder's socket: connected, so that it hears only the address that it sends to.
final class ForwarderSocket {
    private let descriptor: CInt

    init(to address: SocketAddress) throws {
        let family: CInt = if case .v6 = address { AF_INET6 } else { AF_INET }
        descriptor = socket(family, CInt(SOCK_DGRAM.rawValue), 0)
        let isConnected = address.withSockAddr { connect(descriptor, $0, socklen_t($1)) }
        try #require(isConnected == 0)
    }

    deinit { close(descriptor) }

    func send(_ datagram: [UInt8]) {
        _ = Glibc.send(descriptor, datagram, datagram.count, 0)
    }

    /// The next datagram within the time; nil when there is none.
    func receive(milliseconds: CInt = 2_000) -> [UInt8]? {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, milliseconds) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : Array(buffer.prefix(count))
    }
}
