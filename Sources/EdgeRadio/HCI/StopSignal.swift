import CBluetooth
import Glibc

/// Tells a thread that waits in `poll` to stop: an eventfd that becomes readable once, for good.
final class StopSignal: Sendable {
    private let descriptor: OwnedDescriptor

    init() throws(SystemCallFailure) {
        descriptor = try OwnedDescriptor(
            eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK)), from: "eventfd")
    }

    func send() { eventfd_write(descriptor.number, 1) }

    /// What to wait for, together with other descriptors.
    var pollEntry: pollfd { pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0) }

    /// Waits for one of `entries`, the stop signal among them, at most until `timeout` (nil: without
    /// end). Returns the entries with what happened to them; an interrupted wait returns early.
    static func poll(_ entries: [pollfd], timeout: Duration?) -> [pollfd] {
        var entries = entries
        let milliseconds = timeout.map { ($0 / .milliseconds(1)).rounded(.up) } ?? -1
        _ = Glibc.poll(&entries, nfds_t(entries.count), CInt(min(milliseconds, 3_600_000)))
        return entries
    }
}
