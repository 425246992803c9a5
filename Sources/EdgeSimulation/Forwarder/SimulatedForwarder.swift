package import EdgeModel
package import Logging
package import NIOCore
package import SemtechUDP
import ServiceLifecycle

/// A LoRa packet forwarder that exists in software: keeps its way down open with PULL_DATA, sends
/// what it hears and its statistics as PUSH_DATA, and counts what the server does not acknowledge.
///
/// Ends when its uplinks have ended and are acknowledged or missing, or on graceful shutdown.
package struct SimulatedForwarder<Uplinks: AsyncSequence & Sendable, C: Clock>: Service
where Uplinks.Element == [ReceivedPacket], C.Duration == Duration {
    /// How the forwarder behaves, with the values of Semtech's own one.
    package struct Settings: Sendable {
        package var gateway: GatewayEUI
        package var version = ProtocolVersion.v2
        package var keepalive: Duration = .seconds(10)
        package var statisticsInterval: Duration = .seconds(30)
        package var patience: Duration = .seconds(2)
        /// PUSH_DATA that may wait for their acknowledgement together.
        package var windowLimit = 256
        package var location: Location?

        package init(gateway: GatewayEUI) { self.gateway = gateway }
    }

    /// As many as a concentrator hands over at once.
    private static var packetsPerDatagram: Int { 8 }

    private let settings: Settings
    private let server: SocketAddress
    private let uplinks: Uplinks
    private let clock: C
    private let logger: Logger
    private let report: @Sendable (ForwarderCounts) -> Void

    /// `report` is called with the counts since the start, with each statistics message and when the
    /// uplinks have ended.
    package init(
        _ settings: Settings, server: SocketAddress, uplinks: Uplinks, clock: C, logger: Logger,
        report: @escaping @Sendable (ForwarderCounts) -> Void = { _ in }
    ) {
        self.settings = settings
        self.server = server
        self.uplinks = uplinks
        self.clock = clock
        self.logger = logger
        self.report = report
    }

    package func run() async throws {
        try await untilGracefulShutdown {
            try await DatagramConversation.run(
                with: server, windowLimit: settings.windowLimit, patience: settings.patience, clock: clock
            ) { sender in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await keepAlive(sender) }
                    group.addTask { try await reportStatistics(sender) }
                    group.addTask { try await forward(to: sender) }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
        }
    }

    private func keepAlive(_ sender: DatagramSender<C>) async throws {
        while true {
            try await sender.pull(
                PullData(version: settings.version, token: 0, gateway: settings.gateway))
            try await clock.sleep(until: clock.now.advanced(by: settings.keepalive), tolerance: nil)
        }
    }

    private func forward(to sender: DatagramSender<C>) async throws {
        for try await batch in uplinks {
            for start in stride(from: 0, to: batch.count, by: Self.packetsPerDatagram) {
                let packets = batch[start..<min(batch.count, start + Self.packetsPerDatagram)]
                try await sender.push(message(packets: Array(packets)))
            }
        }
        try await sender.drain()
        let counts = await sender.counts()
        logger.info(
            "uplinks have ended",
            metadata: [
                "uplinks": "\(counts.uplinks)", "acknowledged": "\(counts.acknowledged)",
                "missing": "\(counts.missing)",
            ])
        report(counts)
    }

    private func reportStatistics(_ sender: DatagramSender<C>) async throws {
        var last = ForwarderCounts()
        while true {
            let next = clock.now.advanced(by: settings.statisticsInterval)
            try await clock.sleep(until: next, tolerance: nil)
            let counts = await sender.counts()
            try await sender.push(message(statistics: statistics(counts, since: last)))
            report(counts)
            last = counts
        }
    }

    private func message(
        packets: [ReceivedPacket] = [], statistics: ForwarderStatistics? = nil
    ) -> PushData {
        PushData(
            version: settings.version, token: 0, gateway: settings.gateway, packets: packets,
            statistics: statistics)
    }

    private func statistics(_ now: ForwarderCounts, since last: ForwarderCounts) -> ForwarderStatistics {
        var statistics = ForwarderStatistics()
        statistics.latitude = settings.location?.latitude
        statistics.longitude = settings.location?.longitude
        statistics.altitude = settings.location?.altitude
        let heard = UInt32(clamping: now.uplinks - last.uplinks)
        statistics.received = heard
        statistics.receivedWithValidCRC = heard
        statistics.forwarded = heard
        let pushed = now.pushed - last.pushed
        let answered = now.acknowledged - last.acknowledged
        statistics.acknowledgedPercent = pushed > 0 ? min(100, 100 * Double(answered) / Double(pushed)) : 0
        statistics.downlinksReceived = UInt32(clamping: now.downlinks - last.downlinks)
        statistics.downlinksSent = 0
        return statistics
    }
}
