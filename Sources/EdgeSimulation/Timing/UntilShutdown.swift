import ServiceLifecycle

/// Runs `body` to its end, or until the service is told to shut down: that is an end like any other,
/// not an error.
func untilGracefulShutdown(_ body: @escaping @Sendable () async throws -> Void) async throws {
    do {
        try await cancelWhenGracefulShutdown(body)
    } catch is CancellationError where Task.isShuttingDownGracefully && !Task.isCancelled {
        return
    }
}
