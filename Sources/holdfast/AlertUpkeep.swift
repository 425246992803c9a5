import EdgeCore
import EdgeModel
import Logging
import ServiceLifecycle

/// Looks every few seconds who is silent for too long.
struct AlertUpkeep: Service {
    let monitor: SilenceMonitor
    let logger: Logger

    private static let interval = Duration.seconds(5)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var monitor = monitor
            var isInTrouble = false
            while !Task.isCancelled {
                do {
                    for case .silent(let subject) in try await monitor.look() {
                        logger.warning(
                            "silent for too long",
                            metadata: ["\(subject.subject.kind).id": "\(subject.subject.id)"])
                    }
                    isInTrouble = false
                } catch {
                    // Not worth a word when the process ends.
                    if Task.isCancelled { return }
                    if !isInTrouble {
                        logger.error("nobody looks who is silent", metadata: ["error": "\(error)"])
                    }
                    isInTrouble = true
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
        try await gracefulShutdown()
    }
}
