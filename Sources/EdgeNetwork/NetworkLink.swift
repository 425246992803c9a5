package import EdgeModel
package import EdgeStore
import Synchronization

/// Between the pipeline, the radios and the network server: frames, answers and orders one way,
/// sessions the other.
///
/// Nobody waits for the network server: when it does not keep up, the newest frames are dropped and
/// counted. Answers and orders are few, and bounded by what was sent and queued.
package final class NetworkLink: Sendable {
    /// Frames that may wait: 16 seconds of the traffic that the budget names.
    package static let capacity = 8_192

    private struct State {
        var work: [NetworkWork] = []
        var frames = 0
        var dropped: UInt64 = 0
        var isWoken = false
        var changes: [SessionChange] = []
        /// A frame log that keeps 100,000 lines must not be strangers' within a day.
        var refusals = LineAllowance(
            each: .init(burst: 5, sustained: 0.1), all: .init(burst: 100, sustained: 0.5))
        var withheldBefore: UInt64 = 0
    }
    private let state = Mutex(State())
    private let signal = ChangeSignal()
    /// Called when sessions have changed, so that the pipeline looks.
    private let sessionsChanged: @Sendable () -> Void

    package init(sessionsChanged: @escaping @Sendable () -> Void) { self.sessionsChanged = sessionsChanged }

    /// Hands over what was heard, in order, as much as there is room for.
    package func offer(_ heard: [HeardFrame]) {
        guard !heard.isEmpty else { return }
        state.withLock { state in
            let room = max(0, Self.capacity - state.frames)
            state.work += heard.prefix(room).map(NetworkWork.heard)
            state.frames += min(room, heard.count)
            state.dropped += UInt64(max(0, heard.count - room))
        }
        signal.raise()
    }

    /// Hands over what is not a frame.
    package func offer(_ work: NetworkWork) {
        state.withLock { $0.work.append(work) }
        signal.raise()
    }

    /// Hands over what was not taken, as much of it as the frame log is to be told.
    package func offer(refused: [RefusedFrame]) {
        guard !refused.isEmpty else { return }
        let isTold = state.withLock { state in
            for frame in refused {
                guard let before = state.refusals.admit(frame.device, at: frame.receivedAt.monotonic) else {
                    continue
                }
                state.work.append(.refused(frame, withheldBefore: before))
            }
            return !state.work.isEmpty
        }
        if isTold { signal.raise() }
    }

    /// Lines about refused frames that were withheld since the last time.
    func takeWithheld() -> Int {
        state.withLock { state in
            defer { state.withheldBefore = state.refusals.withheld }
            return Int(clamping: state.refusals.withheld - state.withheldBefore)
        }
    }

    /// Frames that were dropped.
    package var dropped: UInt64 { state.withLock { $0.dropped } }

    /// Has the network server look at once.
    func wake() { signal.raise() }

    /// What has waited the longest, in order; the rest, if there is any, stays.
    func take(atMost limit: Int = .max) -> [NetworkWork] {
        state.withLock { state in
            let taken = Array(state.work.prefix(limit))
            state.work.removeFirst(taken.count)
            state.frames -= taken.count(where: \.isFrame)
            return taken
        }
    }

    /// Returns when there is work, or after `longest`, or when the task is cancelled.
    func wait(atMost longest: Duration) async {
        let seen = signal.count
        guard state.withLock({ $0.work.isEmpty }) else { return }
        await signal.wait(after: seen, atMost: longest)
    }

    // MARK: Sessions

    func change(_ changes: [SessionChange]) {
        guard !changes.isEmpty else { return }
        state.withLock { $0.changes += changes }
        sessionsChanged()
    }

    /// What has changed since the last time, in order.
    package func takeSessionChanges() -> [SessionChange] {
        state.withLock { state in
            defer { state.changes = [] }
            return state.changes
        }
    }
}

/// What the network server is told. Thousands may wait: a list of them grows by a reference for each.
package indirect enum NetworkWork: Sendable {
    case heard(HeardFrame)
    /// With the number of such lines that were withheld before it.
    case refused(RefusedFrame, withheldBefore: Int)
    case answered(DownlinkAnswer)
    case queued(Downlink, DeviceHandle)
    case cancelled([DownlinkID], DeviceHandle)
    /// What was agreed on with other gateways about the device's sessions has changed.
    case shared(DeviceHandle)
}

extension NetworkWork {
    /// It counts among the frames that may wait.
    var isFrame: Bool {
        if case .heard = self { true } else { false }
    }

    /// The device that must be known for it; nil where none is.
    var device: DeviceHandle? {
        switch self {
        case .heard(let frame): frame.device
        case .queued(_, let device), .cancelled(_, let device): device
        case .refused, .answered, .shared: nil
        }
    }
}
