import EdgeModel
import Synchronization

/// What devices did since it was last written to the database: a packet costs no row update of
/// its device, and reads still see the latest.
final class ActivityLedger: Sendable {
    struct Entry: Sendable {
        var lastSeenAt: Timestamp?
        var packets = 0
        var frameCounter: Int64?
        /// When the frame with it was received, and whether this machine received it: its own frames come
        /// in their order, those of others do not.
        var frameCounterAt: (time: Timestamp, isOwn: Bool)?

        /// A frame of another machine counts when it is newer than what is known.
        mutating func counted(_ counter: Int64, at time: Timestamp, isOwn: Bool) {
            if let known = frameCounterAt, !isOwn, time < known.time { return }
            frameCounter = counter
            frameCounterAt = (time, isOwn || frameCounterAt?.isOwn == true)
        }

        mutating func seen(at time: Timestamp) {
            lastSeenAt = max(lastSeenAt ?? time, time)
        }
    }

    private let entries = Mutex<[Int64: Entry]>([:])

    func update(_ change: (inout [Int64: Entry]) -> Void) {
        entries.withLock { change(&$0) }
    }

    subscript(device: Int64) -> Entry? { entries.withLock { $0[device] } }

    var count: Int { entries.withLock { $0.count } }

    /// Everything, without forgetting it.
    var all: [Int64: Entry] { entries.withLock { $0 } }

    /// Forgets `written`, keeping what was added since it was taken.
    func forget(_ written: [Int64: Entry]) {
        entries.withLock { entries in
            for (device, done) in written {
                guard var entry = entries[device] else { continue }
                entry.packets -= done.packets
                if entry.packets == 0, entry.lastSeenAt == done.lastSeenAt {
                    entries[device] = nil
                } else {
                    entries[device] = entry
                }
            }
        }
    }
}
