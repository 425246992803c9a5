import EdgeCore
import Logging
import ServiceLifecycle

/// Writes down what gateways said, and stores packets whose devices have been registered since.
struct CentralUpkeep: Service {
    let central: Central
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var turn = 0
            while !Task.isCancelled {
                // What gateways say of themselves is in memory, and may be a minute old on the disk.
                await tidy(writesReports: turn % 20 == 19)
                turn += 1
                try? await Task.sleep(for: .seconds(3))
            }
        }
        try await gracefulShutdown()
        await tidy(writesReports: true)
    }

    private func tidy(writesReports: Bool) async {
        do {
            try await central.settle()
            if writesReports { try await central.writeReports() }
        } catch {
            // Not worth a word when the process ends.
            if Task.isCancelled { return }
            logger.error(
                "what gateways sent could not be put in order", metadata: ["error": "\(error)"])
        }
    }
}
