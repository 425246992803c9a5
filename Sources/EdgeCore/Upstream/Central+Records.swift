package import EdgeModel
import EdgeStore
import FoundationEssentials

/// What gateways bring beside packets.
extension Central {
    /// Bytes of all texts of one audit entry.
    private static let entryLimit = 8_192

    /// Keeps entries of a gateway's audit log as they were written there. The same ones again change nothing.
    package func take(_ batch: AuditBatch, from gateway: EnrolledGateway) async throws {
        guard batch.entries.count <= AuditBatch.limit else {
            throw EdgeError.invalid("entries: at most \(AuditBatch.limit) at once")
        }
        for entry in batch.entries {
            let texts = entry.content.map {
                [
                    $0.organization, $0.initiator, $0.initiatorID, $0.action, $0.object, $0.detail,
                    $0.address,
                    $0.requestID,
                ].compactMap(\.self)
            }
            guard entry.sequence > 0, entry.hash.count == 32,
                (texts ?? []).reduce(0, { $0 + $1.utf8.count }) <= Self.entryLimit,
                (texts ?? []).allSatisfy({ !$0.utf8.contains(0) })
            else { throw EdgeError.invalid("an entry is none of an audit log") }
        }
        try await store.keepAudit(batch, of: gateway.id)
    }

    /// Entries of a gateway's audit log, newest first, before `sequence`. Throws `notFound` for a gateway of
    /// another organization, `forbidden` for a person who may not see the organization's people.
    package func auditPage(
        of gateway: GatewayID, before sequence: Int64?, limit: Int, by caller: Principal
    ) async throws -> (entries: [CarriedAuditEntry], next: Int64?) {
        if caller.key.account != nil { try caller.require(Permission(.users, .read)) }
        let found = try await store.carriedAudit(
            of: gateway, in: caller.organization, before: sequence, limit: limit + 1)
        guard var entries = found else { throw EdgeError.notFound("Gateway not found") }
        guard entries.count > limit else { return (entries, nil) }
        entries.removeLast()
        return (entries, entries.last?.entry.sequence)
    }

    /// Keeps frames that a gateway could not open: they are opened here when their device is registered
    /// here. The same ones again change nothing.
    package func take(_ batch: RawFrameBatch, from gateway: EnrolledGateway) async throws {
        guard batch.frames.count <= RawFrameBatch.limit else {
            throw EdgeError.invalid("frames: at most \(RawFrameBatch.limit) at once")
        }
        let frames = try batch.frames.map { frame in
            guard let raw = RawFrame(frame) else { throw EdgeError.invalid("a frame is none") }
            return raw
        }
        try await store.keep(frames)
    }
}

extension RawFrame {
    /// Nil for what no radio hears.
    fileprivate init?(_ frame: RawFrameBatch.Frame) {
        guard let kind = Kind(rawValue: frame.kind), let quality = ClockQuality(rawValue: frame.clockQuality),
            (1...RawFrameBatch.frameLimit).contains(frame.bytes.count), frame.count > 0,
            let name = try? TextRule(field: "gateway", limit: 128).check(frame.gateway),
            frame.dataRate?.utf8.count ?? 0 <= 32, frame.snr?.isFinite != false,
            (0...7_258_118_400_000_000).contains(frame.firstAt), frame.lastAt >= frame.firstAt
        else { return nil }
        let bytes = Array(frame.bytes)
        let isHubble = [.hubbleCTR, .hubbleUnencrypted, .hubbleEAX, .hubbleUnknown].contains(kind)
        var location: Location?
        if let latitude = frame.latitude, let longitude = frame.longitude {
            location = Location(latitude: latitude, longitude: longitude)
        }
        let sighting = Sighting(
            gateway: GatewayID(name),
            receivedAt: ClockReading(
                wall: Timestamp(microseconds: frame.firstAt), monotonic: MonotonicInstant(nanoseconds: 0)),
            rssi: frame.rssi.flatMap { RSSI(dBm: $0) },
            frame: isHubble
                ? .hubble(serviceData: bytes)
                : .lorawan(
                    phyPayload: bytes,
                    LoRaReception(
                        frequency: frame.frequency ?? 0, dataRate: frame.dataRate ?? "", snr: frame.snr,
                        counterMicroseconds: 0)),
            location: location)
        self.init(
            kind: kind, lookup: frame.lookup, sighting: sighting, clockQuality: quality, count: frame.count)
    }
}
