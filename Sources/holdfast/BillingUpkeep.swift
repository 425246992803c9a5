import EdgeCore
import EdgeModel
import Logging
import ServiceLifecycle

/// Issues the invoices of a month once it is over. A month is looked at again each minute until then,
/// so that a clock that is set late makes no difference.
struct BillingUpkeep: Service {
    let core: EdgeCore
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await issue()
                try? await Task.sleep(for: .seconds(60))
            }
        }
        try await gracefulShutdown()
    }

    private func issue() async {
        do {
            for organization in try await core.organizations() {
                try await core.billing.issueDue(organization)
            }
        } catch {
            // Not worth a word when the process ends.
            if Task.isCancelled { return }
            logger.error("invoices could not be issued", metadata: ["error": "\(error)"])
        }
    }
}
