import BluetoothLE
import CBluetooth
import Glibc

/// A connection to an adapter of this machine through the kernel.
///
/// The user channel where the kernel grants it, which is when nobody has the adapter up: then
/// nobody can disturb the scan. Otherwise the raw channel beside the kernel and other programs.
final class KernelHCIConnection: HCIConnection {
    let link: HCILink
    var descriptor: CInt { socket.descriptor }
    private let socket: KernelHCISocket
    private var buffer = [UInt8](repeating: 0, count: 4096)

    /// Packets taken from the socket before other inputs get their turn.
    private static let maximumPacketsPerTurn = 512
    private static let eventCodes: [UInt8] = [0x0E, 0x0F, 0x10, 0x3E]

    private init(_ socket: consuming KernelHCISocket, link: HCILink) {
        self.socket = socket
        self.link = link
    }

    static func open(adapter: UInt16) throws(HCIOpenFailure) -> KernelHCIConnection {
        do throws(SystemCallFailure) {
            if let connection = try openUserChannel(adapter) { return connection }
        } catch {
            throw HCIOpenFailure(error)
        }
        return try openRawChannel(adapter)
    }

    /// Nil when the adapter is in use by others, or when we may not have it for ourselves.
    private static func openUserChannel(
        _ adapter: UInt16
    ) throws(SystemCallFailure) -> KernelHCIConnection? {
        let socket = try KernelHCISocket()
        do {
            try socket.bind(adapter: adapter, channel: HCI_CHANNEL_USER)
        } catch  where [EBUSY, EPERM, EACCES].contains(error.code) {
            return nil
        }
        try socket.enlargeReceiveBuffer()
        try socket.enableTimestamps(channel: HCI_CHANNEL_USER)
        return KernelHCIConnection(socket, link: .user)
    }

    private static func openRawChannel(_ adapter: UInt16) throws(HCIOpenFailure) -> KernelHCIConnection {
        let missing: HCIOpenFailure.Capability
        do throws(SystemCallFailure) {
            let socket = try KernelHCISocket()
            try socket.bind(adapter: adapter, channel: HCI_CHANNEL_RAW)
            if try !socket.setFilter(kinds: [.event, .command], eventCodes: eventCodes) {
                missing = .netRaw
            } else if try !socket.powerUp(adapter: adapter) {
                missing = .netAdmin
            } else {
                try socket.enlargeReceiveBuffer()
                try socket.enableTimestamps(channel: HCI_CHANNEL_RAW)
                return KernelHCIConnection(socket, link: .raw)
            }
        } catch {
            throw HCIOpenFailure(error)
        }
        throw .capabilityMissing(missing)
    }

    func droppedCount() throws(SystemCallFailure) -> Int { try socket.droppedCount() }

    func send(_ command: any HCICommand) throws(SystemCallFailure) {
        let packet = command.h4Packet
        guard Glibc.send(descriptor, packet, packet.count, 0) == packet.count else {
            throw SystemCallFailure("send")
        }
    }

    func receive(
        _ take: (_ indicator: H4Indicator, _ bytes: ArraySlice<UInt8>, _ age: Duration) -> Void
    ) throws(HCIReceiveFailure) {
        for _ in 0..<Self.maximumPacketsPerTurn {
            let received: (byteCount: Int, age: Duration)?
            do throws(SystemCallFailure) { received = try socket.receive(into: &buffer) } catch {
                throw .ended(error)
            }
            guard let received else { return }
            guard received.byteCount > 0 else { throw .ended(nil) }
            guard let indicator = H4Indicator(rawValue: buffer[0]) else { continue }
            take(indicator, buffer[1..<received.byteCount], received.age)
        }
    }
}

extension HCIOpenFailure {
    /// What a failed system call on an HCI socket means.
    init(_ failure: SystemCallFailure) {
        switch failure.code {
        case EAFNOSUPPORT, EPROTONOSUPPORT: self = .unsupportedByKernel
        case ENODEV: self = .adapterMissing
        case ERFKILL: self = .blockedByRfkill
        default: self = .failed(failure)
        }
    }
}
