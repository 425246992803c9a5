import BluetoothLE
import CBluetooth
import Glibc

/// Hears from the kernel which adapters come and go: an HCI socket bound to no adapter.
final class AdapterChangeSocket {
    private let socket: KernelHCISocket
    private var buffer = [UInt8](repeating: 0, count: 512)
    /// Announcements taken in one turn; an adapter that flaps faster than that waits for the next.
    private static let maximumChangesPerTurn = 64

    init() throws(SystemCallFailure) {
        socket = try KernelHCISocket()
        try socket.bind(adapter: UInt16(HCI_DEV_NONE), channel: HCI_CHANNEL_RAW)
        _ = try socket.setFilter(kinds: [.event], eventCodes: [UInt8(EVT_STACK_INTERNAL)])
    }

    var descriptor: CInt { socket.descriptor }

    /// The adapters that are registered now, at most `HCI_MAX_DEV`.
    func adapters() throws(SystemCallFailure) -> [UInt16] { try socket.adapters() }

    /// The changes that have been announced since the last call, without waiting.
    func changes() throws(SystemCallFailure) -> [HCIAdapterChange] {
        var changes: [HCIAdapterChange] = []
        for _ in 0..<Self.maximumChangesPerTurn {
            guard let received = try socket.receive(into: &buffer), received.byteCount > 1 else { break }
            if case .adapterChange(let change)? = try? HCIEvent(decoding: buffer[1..<received.byteCount]) {
                changes.append(change)
            }
        }
        return changes
    }
}
