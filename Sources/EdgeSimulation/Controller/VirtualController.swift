package import BluetoothLE
package import Logging
package import NIOCore
import ServiceLifecycle

/// A Bluetooth controller that exists in software: listens on a TCP port or a UNIX socket, speaks H4
/// with one host at a time, and reports advertisements to it while it scans.
///
/// Ends when its reports have ended and were handed to the system, or on graceful shutdown. While no
/// host scans, no report is taken; a host may go and come back, and a second one waits its turn.
package struct VirtualController<Reports: AsyncSequence & Sendable>: Service
where Reports.Element == [LEExtendedAdvertisingReport] {
    private let address: ListeningAddress
    private let state: VirtualControllerState
    private let reports: Reports
    private let encoder: ReportEncoder
    private let logger: Logger
    private let listening: @Sendable (SocketAddress) -> Void
    private let gate = ScanGate()

    /// `reportsPerEvent` is the most that one event carries. `listening` is called once, with the
    /// address in force.
    package init(
        _ address: ListeningAddress, traits: VirtualControllerState.Traits = .init(), reports: Reports,
        reportsPerEvent: Int = 1, logger: Logger,
        listening: @escaping @Sendable (SocketAddress) -> Void = { _ in }
    ) {
        self.address = address
        state = VirtualControllerState(traits)
        self.reports = reports
        encoder = ReportEncoder(reportsPerEvent: reportsPerEvent)
        self.logger = logger
        self.listening = listening
    }

    package func run() async throws {
        let server = try await address.bind()
        if let address = server.channel.localAddress {
            logger.info("virtual controller is listening", metadata: ["address": "\(address)"])
            listening(address)
        }
        try await untilGracefulShutdown {
            try await server.executeThenClose { hosts in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await serve(hosts) }
                    group.addTask { try await sendReports() }
                    // Whichever ends first ends both: the reports are over, or nobody can be served.
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
        }
    }

    private func serve(
        _ hosts: NIOAsyncChannelInboundStream<NIOAsyncChannel<ByteBuffer, ByteBuffer>>
    ) async throws {
        for try await host in hosts {
            logger.debug("host connected")
            do {
                try await host.executeThenClose { commands, answers in
                    try await converse(commands, answers, channel: host.channel)
                }
                logger.debug("host disconnected")
            } catch {
                try Task.checkCancellation()
                logger.debug("host connection failed", metadata: ["error": "\(error)"])
            }
            gate.close()
        }
    }

    /// Answers one host until it goes. A host that loses the framing is disconnected.
    private func converse(
        _ commands: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ answers: NIOAsyncChannelOutboundWriter<ByteBuffer>, channel: any Channel
    ) async throws {
        var state = state
        var deframer = H4Deframer()
        for try await chunk in commands {
            deframer.append(Array(chunk.readableBytesView)[...])
            while let packet = try deframer.next() {
                guard packet.indicator == .command else { continue }
                let answer = state.answer(try HCICommandPacket(decoding: packet.bytes))
                // The gate closes before the answer goes out and opens after it, as the host expects.
                if state.reportMode == nil { gate.close() }
                try await answers.write(ByteBuffer(bytes: answer.h4Packet))
                if let mode = state.reportMode { gate.open(to: .init(mode: mode, channel: channel)) }
            }
        }
    }

    private func sendReports() async throws {
        for try await batch in reports {
            while try await !send(batch) {}
        }
    }

    /// False when the host went away: the batch is for the next one.
    private func send(_ batch: [LEExtendedAdvertisingReport]) async throws -> Bool {
        let host = try await gate.host()
        let bytes = encoder.packets(batch, mode: host.mode)
        guard !bytes.isEmpty else { return true }
        do {
            try await host.channel.writeAndFlush(ByteBuffer(bytes: bytes))
            return true
        } catch {
            gate.close(host.channel)
            return false
        }
    }
}
