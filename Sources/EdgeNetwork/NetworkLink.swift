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

    /// Frames that were dropped.
    package var dropped: UInt64 { state.withLock { $0.dropped } }

    /// Everything that waits, in order.
    func take() -> [NetworkWork] {
        state.withLock { state in
            defer { (state.work, state.frames) = ([], 0) }
            return state.work
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

/// What the network server is told.
package enum NetworkWork: Sendable {
    case heard(HeardFrame)
    case answered(DownlinkAnswer)
    case queued(Downlink, DeviceHandle)
    case cancelled([DownlinkID], DeviceHandle)
    /// What was agreed on with other gateways about the device's sessions has changed.
    case shared(DeviceHandle)
}

extension NetworkWork {
    /// The device that this is about; nil for an answer.
    var device: DeviceHandle? {
        switch self {
        case .heard(let frame): frame.device
        case .queued(_, let device), .cancelled(_, let device): device
        case .answered, .shared: nil
        }
    }
}
