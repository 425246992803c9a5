import BluetoothLE
import Glibc

/// A connection to a controller that speaks H4 over a TCP or UNIX stream socket.
final class H4Connection: HCIConnection {
    let link = HCILink.h4
    var descriptor: CInt { stream.number }
    private let stream: OwnedDescriptor
    private var deframer = H4Deframer()
    private var chunk = [UInt8](repeating: 0, count: 65_536)

    /// Chunks read before other inputs get their turn.
    private static let maximumChunksPerTurn = 8

    init(to endpoint: H4Endpoint, stop: StopSignal) throws(SystemCallFailure) {
        stream = try StreamDialer.connect(to: endpoint, stop: stop)
    }

    /// None: a stream holds its sender back instead.
    func droppedCount() -> Int { 0 }

    func send(_ command: any HCICommand) throws(SystemCallFailure) {
        let packet = command.h4Packet
        // A peer that does not even take a few bytes is as good as gone.
        guard Glibc.send(descriptor, packet, packet.count, CInt(MSG_NOSIGNAL)) == packet.count
        else { throw SystemCallFailure("send") }
    }

    func receive(
        _ take: (_ indicator: H4Indicator, _ bytes: ArraySlice<UInt8>, _ age: Duration) -> Void
    ) throws(HCIReceiveFailure) {
        for _ in 0..<Self.maximumChunksPerTurn {
            let count = recv(descriptor, &chunk, chunk.count, CInt(MSG_DONTWAIT))
            guard count != 0 else { throw .ended(nil) }
            guard count > 0 else {
                if errno == EAGAIN || errno == EINTR { return }
                throw .ended(SystemCallFailure("recv"))
            }
            deframer.append(chunk[..<count])
            do throws(H4Deframer.Failure) {
                while let packet = try deframer.next() { take(packet.indicator, packet.bytes, .zero) }
            } catch {
                throw .framingLost(error)
            }
        }
    }
}
