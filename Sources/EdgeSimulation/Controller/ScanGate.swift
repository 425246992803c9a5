import NIOCore
import Synchronization

/// Where the reports go at the moment: opened by the connection of a host that scans, and waited at
/// by the one task that has reports.
final class ScanGate: Sendable {
    struct Host: Sendable {
        var mode: VirtualControllerState.ScanMode
        var channel: any Channel
    }

    private struct State {
        var host: Host?
        var waiter: CheckedContinuation<Void, Never>?

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            defer { waiter = nil }
            return waiter
        }
    }

    private let state = Mutex(State())

    func open(to host: Host) {
        state.withLock { state in
            state.host = host
            return state.takeWaiter()
        }?.resume()
    }

    func close() {
        state.withLock { $0.host = nil }
    }

    /// Closes the gate when it leads to `channel`.
    func close(_ channel: any Channel) {
        state.withLock { state in
            if state.host?.channel === channel { state.host = nil }
        }
    }

    /// Waits until a host scans. Throws `CancellationError` when cancelled.
    func host() async throws -> Host {
        while true {
            try Task.checkCancellation()
            if let host = state.withLock({ $0.host }) { return host }
            await withTaskCancellationHandler {
                await wait()
            } onCancel: {
                state.withLock { $0.takeWaiter() }?.resume()
            }
        }
    }

    private func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.host != nil || Task.isCancelled { return true }
                state.waiter = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}
