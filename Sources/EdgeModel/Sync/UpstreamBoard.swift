import Synchronization

/// How an upstream is doing: written by the service that sends, read by the core.
package struct UpstreamStatus: Hashable, Sendable {
    package enum State: String, Sendable {
        /// Nothing was said yet.
        case starting
        case connected
        /// The last attempt failed.
        case failing
        case paused
        /// The central does not take this gateway's credential any more.
        case refused
    }

    package var state = State.starting
    package var mark: Int64 = 0
    package var lastSequence: Int64 = 0
    package var waiting = 0
    package var oldestWaiting: Timestamp?
    /// Rows a second that go while rows wait; nil while that is not known.
    package var rate: Double?
    package var contactAt: ClockReading?
    package var failure: String?
    package var packetsSent = 0
    package var bytesSent = 0
    /// Rows that the other side refused, and that are not sent again.
    package var rowsRefused = 0
    package var contradictions = 0
    package var registryRevision: Int64 = 0

    package init() {}

    /// How long the backlog will take at the present rate.
    package var drainSeconds: Int? {
        guard waiting > 0 else { return 0 }
        guard let rate, rate > 0 else { return nil }
        return Int((Double(waiting) / rate).rounded(.up))
    }
}

/// The state of all upstreams.
package final class UpstreamBoard: Sendable {
    private let states = Mutex<[UpstreamID: UpstreamStatus]>([:])

    package init() {}

    package subscript(id: UpstreamID) -> UpstreamStatus? { states.withLock { $0[id] } }

    package func update(_ id: UpstreamID, _ change: (inout UpstreamStatus) -> Void) {
        states.withLock { change(&$0[id, default: UpstreamStatus()]) }
    }

    /// Forgets all but these.
    package func keep(_ ids: Set<UpstreamID>) {
        states.withLock { states in states = states.filter { ids.contains($0.key) } }
    }
}
