import EdgeModel
import EdgeStore
import FoundationEssentials

/// A batch for the Hubble gateway API: made once, sent until it is accepted. Its `batchId` follows from
/// what is in it, so that a repeated one has the same.
struct HubbleUpload: Sendable {
    /// More packets than this are refused there.
    static let limit = 500

    private static let namespace = UniqueID(high: 0x6a1d_40c5_93be_4f27, low: 0xb2f8_5e09_c7d1_3a64)

    /// Ingest sequence numbers that it settles; nil when there are none.
    var range: ClosedRange<Int64>?
    /// Unopened frames that it settles, as a mark.
    var framesMark: Int64
    /// Packets in it.
    var count: Int
    /// As many as were asked for: more may wait.
    var isFull = false
    /// Packets whose service data could not be made again.
    var leftOut: Int
    var body: [UInt8]

    private struct Body: Encodable {
        var batchId: String
        var sentAtMillis: Int64
        var packets: [HubbleSighting]
    }

    /// What waits, at most `limit`: packets first, and unopened frames behind them; nil when nothing does.
    static func make(
        from store: Store, _ upstream: Upstream, framesMark: Int64, limit: Int
    ) async throws -> HubbleUpload? {
        let limit = min(max(1, limit), Self.limit)
        var upload = HubbleUpload(range: nil, framesMark: framesMark, count: 0, leftOut: 0, body: [])
        var sightings: [HubbleSighting] = []
        if let gap = upstream.arrived.missing(through: store.lastSequence).first {
            let found = try await store.outgoingHubble(upstream.organization, in: gap, limit: limit)
            upload.range = gap.lowerBound...max(gap.lowerBound, found.through)
            for (packet, registered) in found.packets {
                if let bytes = HeardServiceData.of(packet, from: registered.device) {
                    sightings.append(HubbleSighting(bytes, packet))
                } else {
                    upload.leftOut += 1
                }
            }
        }
        let frames = try await store.outgoingFrames(after: framesMark, limit: limit - sightings.count)
        sightings += frames.map { HubbleSighting($0.frame.bytes, [$0.frame.reception]) }
        upload.framesMark = frames.last?.number ?? framesMark
        upload.count = sightings.count
        upload.isFull = sightings.count >= limit
        guard upload.range != nil || upload.count > 0 else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let content = try encoder.encode(sightings)
        let body = Body(
            batchId: UniqueID.named(content, in: namespace).description,
            sentAtMillis: store.clock.now().wall.microseconds.dividedFlooring(by: 1_000), packets: sightings)
        upload.body = Array(try encoder.encode(body))
        return upload
    }
}

/// One message as it was heard, in the spelling of the Hubble gateway API.
struct HubbleSighting: Encodable, Sendable {
    private struct Place: Encodable {
        var latitude: Double
        var longitude: Double
        var altitude: Double?
        var horizontalAccuracyMeters: Double?
        var timestampMillis: Int64
    }

    /// The address of the advertiser is not kept: it changes, and tells nothing of the device.
    private let deviceAddress = "00:00:00:00:00:00"
    private let serviceUuid = "FCA6"
    private let serviceData: String
    private let rssi: Int?
    private let timestampMillis: Int64
    private let sightingCount: Int
    private let location: Place?

    init(_ serviceData: [UInt8], _ packet: SyncPacket) {
        self.init(serviceData, packet.receptions, at: packet.receivedAt)
    }

    /// `receptions` has at least one; the place and strength are those of the strongest.
    init(_ serviceData: [UInt8], _ receptions: [Reception], at time: Timestamp? = nil) {
        let best = receptions.strongestFirst().first
        let moment = time ?? best?.firstAt ?? Timestamp(microseconds: 0)
        let milliseconds = moment.microseconds.dividedFlooring(by: 1_000)
        self.serviceData = Data(serviceData).base64EncodedString()
        rssi = best?.rssi.map { Int($0.dBm) }
        timestampMillis = milliseconds
        sightingCount = max(1, receptions.reduce(0) { $0 + min($1.count, 1_000_000) })
        location = best?.location.map {
            Place(
                latitude: $0.latitude, longitude: $0.longitude, altitude: $0.altitude,
                horizontalAccuracyMeters: $0.accuracy, timestampMillis: milliseconds)
        }
    }
}
