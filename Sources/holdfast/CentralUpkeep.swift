import EdgeCore
import Logging
import ServiceLifecycle

/// Writes down what gateways said, and stores packets whose devices have been registered since.
struct CentralUpkeep: Service {
    let central: Central
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await tidy()
                try? await Task.sleep(for: .seconds(5))
            }
        }
        try await gracefulShutdown()
        await tidy()
    }

    private func tidy() async {
        do {
            try await central.tidy()
        } catch {
            // Not worth a word when the process ends.
            if Task.isCancelled { return }
            logger.error(
                "what gateways sent could not be put in order", metadata: ["error": "\(error)"])
        }
    }
}
