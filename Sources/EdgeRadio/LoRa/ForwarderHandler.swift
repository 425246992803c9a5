import EdgeModel
import Logging
import Metrics
import NIOCore
import SemtechUDP

/// Serves packet forwarders on one UDP socket.
///
/// Two steps, because a forwarder waits at most 100 ms and does so holding a lock: everything that
/// one read of the socket brought is acknowledged as it comes, and only then is any JSON decoded
/// and handed to the queue. A body that turns out bad was acknowledged all the same, or its gateway
/// would send it again or quit. All state belongs to the event loop.
final class ForwarderHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let queue: SightingQueue
    private let clock: EdgeClock
    private let downlinks: DownlinkPaths
    private let transmitter: DownlinkTransmitter
    private let keeper: TimeKeeper?
    private let allowedGateways: Set<EUI64>?
    private let logger: Logger
    private let metrics: ForwarderMetrics
    private var limiter: SourceLimiter
    private var gateways: ForwarderGateways
    private var acknowledged: [Datagram] = []

    /// A datagram that waits to be decoded, at most as long as one read of the socket takes.
    private struct Datagram {
        let header: DatagramHeader
        let gateway: GatewayEUI
        let bytes: [UInt8]
        let remote: SocketAddress
        /// The local address it was sent to, where there are several.
        let local: SocketAddress?
        let receivedAt: ClockReading
    }

    init(
        options: ForwarderOptions, queue: SightingQueue, board: GatewayBoard, clock: EdgeClock,
        downlinks: DownlinkPaths, transmitter: DownlinkTransmitter, keeper: TimeKeeper?,
        metrics: any MetricsFactory, logger: Logger
    ) {
        self.queue = queue
        self.clock = clock
        self.downlinks = downlinks
        self.transmitter = transmitter
        self.keeper = keeper
        self.logger = logger
        self.metrics = ForwarderMetrics(factory: metrics)
        allowedGateways = options.allowedGateways
        limiter = SourceLimiter(options.limits)
        gateways = ForwarderGateways(board: board)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let now = clock.now()
        guard limiter.admit(envelope.remoteAddress, at: now.monotonic) else {
            return metrics.rejected(.rateLimited)
        }
        let bytes = Array(envelope.data.readableBytesView)
        let header: DatagramHeader
        do {
            header = try DatagramHeader(decoding: bytes)
        } catch {
            return metrics.rejected(.malformed(error))
        }
        metrics.received(header.kind)
        guard let gateway = header.gateway else { return metrics.rejected(.fromServer) }
        guard allowedGateways?.contains(EUI64(rawValue: gateway.rawValue)) ?? true else {
            return metrics.rejected(.gatewayNotAllowed)
        }
        let datagram = Datagram(
            header: header, gateway: gateway, bytes: bytes, remote: envelope.remoteAddress,
            local: envelope.metadata?.packetInfo?.destinationAddress, receivedAt: now)
        acknowledge(datagram, context: context)
        acknowledged.append(datagram)
    }

    func channelReadComplete(context: ChannelHandlerContext) { processAcknowledged() }

    // A socket that fails in the middle of a read does not complete it.
    func channelInactive(context: ChannelHandlerContext) { processAcknowledged() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.warning("packet forwarder socket failed", metadata: ["error": "\(error)"])
    }

    private func acknowledge(_ datagram: Datagram, context: ChannelHandlerContext) {
        let header = datagram.header
        let reply: [UInt8]
        switch header.kind {
        case .pushData: reply = PushAck(version: header.version, token: header.token).bytes
        case .pullData: reply = PullAck(version: header.version, token: header.token).bytes
        case .transmitAck, .pushAck, .pullAck, .pullResponse: return
        }
        let isSent =
            try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                of: NIOBSDSocket.Handle.self
            ) { descriptor in
                ReplySocket.send(reply, to: datagram.remote, from: datagram.local, on: descriptor)
            }
        if isSent != true {
            logger.debug("acknowledgement not sent", metadata: ["peer": "\(datagram.remote)"])
        }
    }

    private func processAcknowledged() {
        for datagram in acknowledged { process(datagram) }
        acknowledged.removeAll(keepingCapacity: true)
    }

    private func process(_ datagram: Datagram) {
        switch datagram.header.kind {
        case .pushData: receive(datagram)
        case .pullData: openDownlink(datagram)
        case .transmitAck: receiveTransmitAck(datagram)
        case .pushAck, .pullAck, .pullResponse: break
        }
    }

    private func receive(_ datagram: Datagram) {
        let push: PushData
        do {
            push = try PushData(decoding: datagram.bytes)
        } catch {
            return metrics.rejected(.malformed(error))
        }
        let observation = gateways.observed(
            datagram.gateway, from: datagram.remote, at: datagram.receivedAt,
            statistics: push.statistics, packets: push.packets)
        let (gateway, location) = (observation.id, observation.location)
        count(push)
        tellTime(push, at: datagram.receivedAt.monotonic)
        let source = datagram.remote.sourceNumber
        let sightings = push.packets.compactMap { packet -> Sighting? in
            do throws(FrameRejection) {
                return try Sighting(
                    packet, gateway: gateway, source: source, at: datagram.receivedAt, location: location)
            } catch {
                metrics.rejected(.notLoRaWAN(error))
                return nil
            }
        }
        guard !sightings.isEmpty else { return }
        let dropped = sightings.count - queue.offer(sightings)
        if dropped > 0 { metrics.droppedSightings(dropped) }
    }

    private func tellTime(_ push: PushData, at instant: MonotonicInstant) {
        guard let keeper, let gps = push.packets.lazy.compactMap(\.gpsMilliseconds).first else { return }
        keeper.learn(Timestamp(gpsMilliseconds: gps), at: instant, from: .gnss)
    }

    private func count(_ push: PushData) {
        metrics.receivedPackets(push.packets.count + push.rejections.count(where: \.concernsPacket))
        for rejection in push.rejections {
            if rejection.concernsPacket {
                metrics.rejected(.malformed(rejection))
            } else {
                metrics.rejected(.body(rejection))
            }
        }
    }

    private func openDownlink(_ datagram: Datagram) {
        let observation = gateways.observed(
            datagram.gateway, from: datagram.remote, at: datagram.receivedAt, isKeepalive: true)
        if observation.beginsToShare {
            metrics.duplicated()
            logger.warning(
                "two gateways have one EUI", metadata: ["gateway.id": "\(observation.id)"])
        }
        downlinks.open(
            DownlinkPaths.Path(
                remote: datagram.remote, local: datagram.local, version: datagram.header.version,
                openedAt: datagram.receivedAt.monotonic),
            for: EUI64(rawValue: datagram.gateway.rawValue))
    }

    private func receiveTransmitAck(_ datagram: Datagram) {
        _ = gateways.observed(datagram.gateway, from: datagram.remote, at: datagram.receivedAt)
        do {
            let ack = try TransmitAck(decoding: datagram.bytes)
            metrics.acknowledged(ack.outcome)
            if !transmitter.receive(ack) { metrics.rejected(.unexpectedAck) }
        } catch {
            metrics.rejected(.malformed(error))
        }
    }
}
