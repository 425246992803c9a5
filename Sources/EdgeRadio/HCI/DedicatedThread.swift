import CBluetooth
import Glibc
import ServiceLifecycle

/// Runs `body` on a thread of its own and waits for its end without blocking the cooperative pool.
///
/// On graceful shutdown or cancellation the `StopSignal` given to `body` is sent; `body` has to
/// return soon after. `name` is what `top -H` shows, its first 15 characters.
func runOnDedicatedThread(
    named name: String, _ body: @escaping @Sendable (StopSignal) -> Void
) async throws {
    let stop = try StopSignal()
    try await withTaskCancellationOrGracefulShutdownHandler {
        try await withCheckedThrowingContinuation { (end: CheckedContinuation<Void, any Error>) in
            let work = ThreadWork {
                edge_name_thread(name)
                body(stop)
                end.resume()
            }
            var thread = pthread_t()
            let retained = Unmanaged.passRetained(work)
            let code = pthread_create(&thread, nil, runThreadWork, retained.toOpaque())
            guard code == 0 else {
                retained.release()
                end.resume(throwing: SystemCallFailure("pthread_create", code: code))
                return
            }
            pthread_detach(thread)
        }
    } onCancelOrGracefulShutdown: {
        stop.send()
    }
}

/// The work of one thread, boxed for its way through `pthread_create`.
private final class ThreadWork {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
}

private func runThreadWork(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
