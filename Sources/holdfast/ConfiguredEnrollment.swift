import EdgeCore
import EdgeDelivery
import EdgeModel
import Logging
import ServiceLifecycle

/// Enrolls with the central that the configuration names, until it has succeeded once.
struct ConfiguredEnrollment: Service {
    let core: EdgeCore
    let settings: UpstreamSettings
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var generator = SystemRandomNumberGenerator()
            var failures = 0
            while !Task.isCancelled, await !isEnrolled() {
                failures += 1
                let pause = RetryPolicy().pause(afterFailures: failures, asked: nil, using: &generator)
                try? await Task.sleep(for: pause)
            }
        }
        try await gracefulShutdown()
    }

    private func isEnrolled() async -> Bool {
        do {
            guard let organization = try await core.organizations().first else { return false }
            if try await core.upstreams.sends(to: settings.url, for: organization) { return true }
            _ = try await core.upstreams.enroll(
                url: settings.url, code: settings.code, pin: settings.pin, for: organization, by: .gateway)
            logger.info("enrolled with the central", metadata: ["upstream.url": "\(settings.url)"])
            return true
        } catch {
            if Task.isCancelled { return true }
            logger.warning(
                "the central that the configuration names does not enroll this gateway",
                metadata: ["error": "\(error)"])
            return false
        }
    }
}
