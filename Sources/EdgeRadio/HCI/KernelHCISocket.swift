import BluetoothLE
import CBluetooth
import Glibc

/// One AF_BLUETOOTH socket: opening, its options, and reading packets with their arrival times.
struct KernelHCISocket: ~Copyable {
    private let owned: OwnedDescriptor
    var descriptor: CInt { owned.number }

    /// Room for about three seconds of the densest traffic that one radio channel can carry (3,000
    /// events a second); the default holds 278 events and drops the rest without a trace.
    private static let receiveBufferByteCount: CInt = 4 << 20

    init() throws(SystemCallFailure) {
        owned = try OwnedDescriptor(
            socket(
                AF_BLUETOOTH, CInt(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
                BTPROTO_HCI),
            from: "socket")
    }

    func bind(adapter: UInt16, channel: CInt) throws(SystemCallFailure) {
        guard edge_hci_bind(descriptor, adapter, UInt16(channel)) == 0 else {
            throw SystemCallFailure("bind")
        }
    }

    /// Without CAP_NET_ADMIN the size is limited to what the system allows everybody.
    func enlargeReceiveBuffer() throws(SystemCallFailure) {
        do {
            try owned.setOption(SOL_SOCKET, SO_RCVBUFFORCE, to: Self.receiveBufferByteCount)
        } catch  where error.code == EPERM {
            try owned.setOption(SOL_SOCKET, SO_RCVBUF, to: Self.receiveBufferByteCount)
        }
    }

    /// Asks for arrival times; the two channels have different options for it.
    func enableTimestamps(channel: CInt) throws(SystemCallFailure) {
        if channel == HCI_CHANNEL_USER {
            try owned.setOption(SOL_SOCKET, SO_TIMESTAMPNS)
        } else {
            try owned.setOption(SOL_HCI, HCI_TIME_STAMP)
        }
    }

    /// Limits what is delivered to packets of `kinds` and events of `eventCodes`. False when the
    /// kernel has quietly let less through than asked for: it does so without CAP_NET_RAW.
    func setFilter(kinds: [H4Indicator], eventCodes: [UInt8]) throws(SystemCallFailure) -> Bool {
        var wanted = hci_filter()
        for kind in kinds { wanted.type_mask |= 1 << UInt32(kind.rawValue) }
        // The kernel keeps six bits of an event code (HCI_FLT_EVENT_BITS).
        var mask: UInt64 = 0
        for code in eventCodes { mask |= 1 << UInt64(code & 63) }
        wanted.event_mask = (UInt32(truncatingIfNeeded: mask), UInt32(truncatingIfNeeded: mask >> 32))

        var size = socklen_t(MemoryLayout<hci_filter>.size)
        guard setsockopt(descriptor, SOL_HCI, HCI_FILTER, &wanted, size) == 0 else {
            throw SystemCallFailure("setsockopt HCI_FILTER")
        }
        var inForce = hci_filter()
        guard getsockopt(descriptor, SOL_HCI, HCI_FILTER, &inForce, &size) == 0 else {
            throw SystemCallFailure("getsockopt HCI_FILTER")
        }
        return inForce.type_mask == wanted.type_mask && inForce.event_mask == wanted.event_mask
    }

    /// Powers the adapter. True when it is up afterwards; false when that needs a capability.
    func powerUp(adapter: UInt16) throws(SystemCallFailure) -> Bool {
        if edge_hci_power_up(descriptor, adapter) == 0 { return true }
        switch errno {
        case EALREADY: return true
        case EPERM: return edge_hci_is_up(descriptor, adapter) == 1
        default: throw SystemCallFailure("HCIDEVUP")
        }
    }

    /// The numbers of the adapters that are registered, at most `HCI_MAX_DEV`.
    func adapters() throws(SystemCallFailure) -> [UInt16] {
        var numbers = [UInt16](repeating: 0, count: Int(HCI_MAX_DEV))
        let count = edge_hci_list(descriptor, &numbers)
        guard count >= 0 else { throw SystemCallFailure("HCIGETDEVLIST") }
        return Array(numbers.prefix(Int(count)))
    }

    /// Packets dropped since the socket was opened, because nobody read them in time.
    func droppedCount() throws(SystemCallFailure) -> Int {
        let count = edge_dropped_packets(descriptor)
        guard count >= 0 else { throw SystemCallFailure("getsockopt SO_MEMINFO") }
        return Int(count)
    }

    /// Reads one packet into `buffer`: how many bytes, and how long ago the kernel received it.
    /// Nil when there is none.
    func receive(into buffer: inout [UInt8]) throws(SystemCallFailure) -> (byteCount: Int, age: Duration)? {
        var timestamp = timespec()
        let count = edge_hci_receive(descriptor, &buffer, buffer.count, &timestamp)
        guard count >= 0 else {
            if errno == EAGAIN || errno == EINTR { return nil }
            throw SystemCallFailure("recvmsg")
        }
        return (count, Self.age(of: timestamp))
    }

    /// Zero for a time stamp that is absent, in the future, or older than the buffer is deep: then
    /// the wall clock was set in between.
    private static func age(of timestamp: timespec) -> Duration {
        guard timestamp.tv_sec > 0 else { return .zero }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let age =
            Duration.seconds(now.tv_sec - timestamp.tv_sec)
            + .nanoseconds(now.tv_nsec - timestamp.tv_nsec)
        return (.zero ... .seconds(60)).contains(age) ? age : .zero
    }
}
