import NIOCore
import NIOPosix
import SemtechUDP

/// Sends GWMP datagrams to one server and counts what it acknowledges.
///
/// Waits while too many are unacknowledged. Shared by the task that sends and the one that receives.
actor DatagramSender<C: Clock> where C.Duration == Duration {
    /// What has become of the datagrams.
    typealias Window = AcknowledgementWindow<C.Instant>

    private var pushes: Window
    private var pulls: Window
    private let writer: NIOAsyncChannelOutboundWriter<AddressedEnvelope<ByteBuffer>>
    private let server: SocketAddress
    private let clock: C
    private var nextToken: UInt16 = 0
    private var uplinkCount = 0
    private var downlinkCount = 0

    /// How often the sender looks again while the window is full.
    private static var pollInterval: Duration { .milliseconds(5) }

    init(
        to server: SocketAddress, writer: NIOAsyncChannelOutboundWriter<AddressedEnvelope<ByteBuffer>>,
        windowLimit: Int, patience: Duration, clock: C
    ) {
        self.server = server
        self.clock = clock
        self.writer = writer
        pushes = Window(limit: windowLimit, patience: patience)
        pulls = Window(limit: 16, patience: patience)
    }

    func counts() -> ForwarderCounts {
        pushes.expire(at: clock.now)
        pulls.expire(at: clock.now)
        return ForwarderCounts(
            uplinks: uplinkCount, acknowledged: pushes.acknowledged, missing: pushes.missing,
            unanswered: pushes.count, pullsAcknowledged: pulls.acknowledged,
            pullsMissing: pulls.missing, downlinks: downlinkCount)
    }

    func push(_ message: PushData) async throws {
        var message = message
        message.token = takeToken()
        uplinkCount += message.packets.count
        try await send(message.bytes)
    }

    func pull(_ message: PullData) async throws {
        var message = message
        message.token = takeToken()
        try await send(message.bytes)
    }

    private func takeToken() -> UInt16 {
        defer { nextToken &+= 1 }
        return nextToken
    }

    /// Sends a datagram as it is. A PUSH_DATA waits first until there is room for it; a PULL_DATA
    /// is waited for as well, but delays nothing.
    func send(_ bytes: [UInt8]) async throws {
        if let header = try? DatagramHeader(decoding: bytes) {
            switch header.kind {
            case .pushData:
                while !pushes.hasRoom { try await waitAWhile() }
                pushes.sent(header.token, at: clock.now)
            case .pullData: pulls.sent(header.token, at: clock.now)
            default: break
            }
        }
        try await writer.write(AddressedEnvelope(remoteAddress: server, data: ByteBuffer(bytes: bytes)))
    }

    func receive(_ bytes: [UInt8]) {
        guard let header = try? DatagramHeader(decoding: bytes) else { return }
        switch header.kind {
        case .pushAck: pushes.acknowledge(header.token)
        case .pullAck: pulls.acknowledge(header.token)
        case .pullResponse: downlinkCount += 1
        default: break
        }
    }

    /// Waits until everything is acknowledged or missing.
    func drain() async throws {
        while pushes.count > 0 { try await waitAWhile() }
    }

    private func waitAWhile() async throws {
        try await clock.sleep(until: clock.now.advanced(by: Self.pollInterval), tolerance: nil)
        pushes.expire(at: clock.now)
    }
}
