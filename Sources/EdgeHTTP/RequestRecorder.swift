package import EdgeStore
package import Logging
import ServiceLifecycle
import Synchronization

/// Takes request records without waiting and writes them in batches. What does not fit is dropped
/// and counted: the log must not hold a request up.
package final class RequestRecorder: Service {
    private static let capacity = 20_000
    private static let interval = Duration.seconds(1)

    private let log: RequestLog
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var pending: [RequestRecord] = []
        var dropped = 0
    }

    package init(log: RequestLog, logger: Logger) {
        self.log = log
        self.logger = logger
    }

    func record(_ record: RequestRecord) {
        state.withLock { state in
            if state.pending.count < Self.capacity {
                state.pending.append(record)
            } else {
                state.dropped += 1
            }
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                await write()
                try? await Task.sleep(for: Self.interval)
            }
        }
        try await gracefulShutdown()
        await write()
    }

    private func write() async {
        let (records, dropped) = state.withLock { state in
            defer { state = State() }
            return (state.pending, state.dropped)
        }
        if dropped > 0 {
            logger.warning("request log entries were dropped", metadata: ["count": "\(dropped)"])
        }
        guard !records.isEmpty else { return }
        do {
            try await log.append(records)
        } catch {
            logger.warning(
                "request log entries were not written",
                metadata: ["count": "\(records.count)", "error": "\(error)"])
        }
    }
}
