import EdgeCore
import EdgeIngest
import EdgeModel
import EdgeStore
import Logging
import ServiceLifecycle

/// Keeps the store within its limits and its ballast in place.
struct StoreUpkeep: Service {
    let store: Store
    let policy: RetentionPolicy
    let health: IngestHealth
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await enforce()
                try? await Task.sleep(for: .seconds(30))
            }
        }
        try await gracefulShutdown()
        // Last to stop, so everything is written by now.
        try store.close()
    }

    private func enforce() async {
        do {
            while try await store.enforce(policy), !Task.isCancelled {}
            _ = try await store.tidyGatewayNames()
            if health.snapshot.trouble == nil { _ = store.restoreBallast() }
        } catch {
            // Not worth a word when the process ends.
            if Task.isCancelled { return }
            logger.error("the store could not be tidied", metadata: ["error": "\(error)"])
        }
    }
}

/// Writes down, once a minute, when API keys were used.
struct CredentialUpkeep: Service {
    let authenticator: Authenticator
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await write()
                try? await Task.sleep(for: .seconds(60))
            }
        }
        try await gracefulShutdown()
        await write()
    }

    private func write() async {
        do {
            try await authenticator.writeUses()
        } catch {
            // Not worth a word when the process ends.
            if Task.isCancelled { return }
            logger.warning("the last use of API keys was not written", metadata: ["error": "\(error)"])
        }
    }
}

/// Wakes the pipeline once a second, so that it notices a new day or a clock that was set.
struct Ticker: Service {
    let queue: SightingQueue

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                queue.wake()
                try? await Task.sleep(for: .seconds(1))
            }
        }
        try await gracefulShutdown()
    }
}
