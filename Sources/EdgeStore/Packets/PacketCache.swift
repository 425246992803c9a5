import EdgeModel
import Synchronization

/// Packets that were served lately, read and checked: those who ask for the newest again and again, and
/// webhooks that get the same packets, are served without reading and writing them anew.
///
/// A page comes in when it is read the second time: who walks through all packets once changes nothing
/// for those who come again.
///
/// What is in here is as it stands in the database: a change of a packet takes it out, and one of the
/// registry takes out all, as packets are served with the names and tags of their devices. Any change
/// takes out all pages.
final class PacketCache: Sendable {
    /// Each takes about 1.5 kB, its text included.
    static let limit = 2_048

    /// Taken before a snapshot of the database, tells later whether it is still true.
    struct Mark: Equatable {
        fileprivate var registryRevision: Int64
        fileprivate var changes = 0
    }

    private struct State {
        var mark = Mark(registryRevision: -1)
        var entries: [Int64: PacketEntry] = [:]
        /// Sequence numbers in the order in which they came; those before `oldest` are gone.
        var order: [Int64] = []
        var oldest = 0
        var pages = KeptPages()
        var visits = PageVisits()

        mutating func forgetAll() {
            pages = KeptPages()
            entries = [:]
            order = []
            oldest = 0
        }
    }

    private let state = Mutex(State())

    func mark(at registryRevision: Int64) -> Mark {
        state.withLock { state in
            if state.mark.registryRevision != registryRevision {
                state.mark.registryRevision = registryRevision
                state.forgetAll()
            }
            return state.mark
        }
    }

    func contains(_ sequence: Int64) -> Bool { state.withLock { $0.entries[sequence] != nil } }

    /// All of them, or nil.
    func entries(_ sequences: [Int64], at mark: Mark) -> [PacketEntry]? {
        state.withLock { state in
            guard state.mark == mark else { return nil }
            var found: [PacketEntry] = []
            found.reserveCapacity(sequences.count)
            for sequence in sequences {
                guard let entry = state.entries[sequence] else { return nil }
                found.append(entry)
            }
            return found
        }
    }

    /// Keeps what was read from a snapshot that was taken after `mark`, unless something changed since,
    /// and unless nobody read from there lately.
    func keep(_ entries: [PacketEntry], at mark: Mark) {
        guard let first = entries.first else { return }
        state.withLock { state in
            guard state.mark == mark, state.visits.repeats(first.sequence) else { return }
            for entry in entries where state.entries.updateValue(entry, forKey: entry.sequence) == nil {
                state.order.append(entry.sequence)
            }
            while state.entries.count > Self.limit, state.oldest < state.order.count {
                state.entries[state.order[state.oldest]] = nil
                state.oldest += 1
            }
            if state.oldest > Self.limit {
                state.order.removeFirst(state.oldest)
                state.oldest = 0
            }
        }
    }

    /// The page that answered the same query, if it would be the same today.
    func page(_ query: PacketQuery, at mark: Mark) -> PacketPage? {
        state.withLock { $0.mark == mark ? $0.pages.page(query) : nil }
    }

    /// Keeps a page that was read from a snapshot after `mark`, if its packets are kept; `entries` are its
    /// own, and the one behind them that tells that there are more.
    func keep(_ page: PacketPage, of entries: [PacketEntry], for query: PacketQuery, at mark: Mark) {
        guard entries.count <= KeptPages.entryLimit else { return }
        state.withLock { state in
            guard state.mark == mark else { return }
            if let first = entries.first, state.entries[first.sequence] == nil { return }
            state.pages.keep(page, of: entries, for: query)
        }
    }

    /// These have changed in the database.
    func forget(_ sequences: [Int64]) {
        guard !sequences.isEmpty else { return }
        state.withLock { state in
            state.mark.changes += 1
            state.pages = KeptPages()
            for sequence in sequences { state.entries[sequence] = nil }
        }
    }

    /// Any may have changed.
    func forgetAll() {
        state.withLock { state in
            state.mark.changes += 1
            state.forgetAll()
        }
    }
}

/// Where the pages that were read lately began.
private struct PageVisits {
    static let limit = 64

    private var firsts: [Int64] = []
    private var next = 0

    /// Whether a page from here was among the last; it is now.
    mutating func repeats(_ first: Int64) -> Bool {
        if firsts.contains(first) { return true }
        if firsts.count < Self.limit {
            firsts.append(first)
        } else {
            firsts[next] = first
            next = (next + 1) % Self.limit
        }
        return false
    }
}
