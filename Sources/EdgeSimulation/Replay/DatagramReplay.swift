package import Logging
package import NIOCore
import ServiceLifecycle

/// Sends the datagrams of a capture to a server, unchanged, and counts what it does not acknowledge.
///
/// At most `windowLimit` PUSH_DATA are unacknowledged at a time, at any pace. Ends when everything
/// is acknowledged or missing, or on graceful shutdown.
package struct DatagramReplay<C: Clock>: Service where C.Duration == Duration {
    private let capture: DatagramCapture
    private let server: SocketAddress
    private let pace: Pace
    private let windowLimit: Int
    private let patience: Duration
    private let clock: C
    private let logger: Logger
    private let finished: @Sendable (ForwarderCounts) -> Void

    /// `patience` is how long an acknowledgement is waited for. `finished` is called with the counts
    /// at the end of the capture.
    package init(
        _ capture: DatagramCapture, server: SocketAddress, pace: Pace, windowLimit: Int = 256,
        patience: Duration = .seconds(2), clock: C, logger: Logger,
        finished: @escaping @Sendable (ForwarderCounts) -> Void = { _ in }
    ) {
        self.capture = capture
        self.server = server
        self.pace = pace
        self.windowLimit = windowLimit
        self.patience = patience
        self.clock = clock
        self.logger = logger
        self.finished = finished
    }

    package func run() async throws {
        try await untilGracefulShutdown {
            try await DatagramConversation.run(
                with: server, windowLimit: windowLimit, patience: patience, clock: clock
            ) { sender in
                let datagrams = PacedSequence(capture.datagrams, pace: pace, batchLimit: 64, clock: clock)
                for try await batch in datagrams {
                    for datagram in batch { try await sender.send(datagram) }
                }
                try await sender.drain()
                let counts = await sender.counts()
                logger.info(
                    "capture has ended",
                    metadata: [
                        "acknowledged": "\(counts.acknowledged)", "missing": "\(counts.missing)",
                    ])
                finished(counts)
            }
        }
    }
}
