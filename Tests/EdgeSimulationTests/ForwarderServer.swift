import NIOCore
import NIOPosix
import SemtechUDP
import Synchronization

/// A server of packet forwarders that acknowledges, and remembers what it got.
final class ForwarderServer: Sendable {
    typealias Envelope = AddressedEnvelope<ByteBuffer>

    private struct State {
        var datagrams: [[UInt8]] = []
        var pushes: [PushData] = []
        var pullCount = 0
    }

    private let state = Mutex(State())
    private let ignored: Int

    /// Leaves every PUSH_DATA whose number is a multiple of `ignored` without an answer; 0 none.
    init(ignoring ignored: Int = 0) { self.ignored = ignored }

    var datagrams: [[UInt8]] { state.withLock { $0.datagrams } }
    var pushes: [PushData] { state.withLock { $0.pushes } }
    var pullCount: Int { state.withLock { $0.pullCount } }

    /// Serves on a free port of the loopback interface for as long as `body` takes.
    func run(_ body: @escaping @Sendable (SocketAddress) async throws -> Void) async throws {
        let socket = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<Envelope, Envelope>(wrappingChannelSynchronously: channel)
                }
            }
        guard let address = socket.channel.localAddress else { throw ChannelError.alreadyClosed }
        try await socket.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await datagram in inbound {
                        guard let answer = self.answer(Array(datagram.data.readableBytesView)) else {
                            continue
                        }
                        let data = ByteBuffer(bytes: answer)
                        try await outbound.write(
                            Envelope(remoteAddress: datagram.remoteAddress, data: data))
                    }
                }
                group.addTask { try await body(address) }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private func answer(_ bytes: [UInt8]) -> [UInt8]? {
        state.withLock { state in
            state.datagrams.append(bytes)
            if let push = try? PushData(decoding: bytes) {
                state.pushes.append(push)
                if ignored > 0, state.pushes.count % ignored == 0 { return nil }
                return PushAck(version: push.version, token: push.token).bytes
            }
            guard let pull = try? PullData(decoding: bytes) else { return nil }
            state.pullCount += 1
            return PullAck(version: pull.version, token: pull.token).bytes
        }
    }
}
