package import EdgeModel
package import EdgeStore

/// Sightings from other receivers: dated, checked, and put into the spool before anybody is told that
/// they are accepted. The pipeline takes them from there.
package struct Uploads: Sendable {
    private let store: Store
    private let outcomes: UploadOutcomes
    /// Called after each batch, so that the pipeline takes it.
    private let wake: @Sendable () -> Void

    package static let batchIDLimit = 128
    /// The longest service data that an advertisement can carry.
    package static let serviceDataLimit = 255
    /// Advertisements in one request to decode, and the times that it takes.
    package static let decodeLimit = 25
    package static let decodeAge = Duration.seconds(72 * 3_600)
    package static let decodeLead = Duration.seconds(2 * 3_600)
    /// The longest that a request to decode waits for the pipeline.
    private static let decodePatience = Duration.seconds(8)
    private static let countLimit = 1_000_000
    /// 2015-01-01: times before it are those of clocks that were never set.
    private static let earliest = Timestamp(seconds: 1_420_070_400)
    /// The 16-bit UUID of Hubble service data, and its full form.
    private static let serviceNames: Set<String> = ["FCA6", "0000FCA6-0000-1000-8000-00805F9B34FB"]

    package init(store: Store, outcomes: UploadOutcomes, wake: @escaping @Sendable () -> Void) {
        self.store = store
        self.outcomes = outcomes
        self.wake = wake
    }

    /// What an uploader says of one sighting. Nil fields were not said.
    package struct Claim: Sendable {
        package var serviceUUID: String?
        package var serviceData: [UInt8]?
        package var rssi: Int?
        package var heardAt: Timestamp?
        package var count: Int?
        package var location: Location?
        package init() {}
    }

    /// Why a claim is refused.
    package enum Refusal: String, Sendable {
        case malformed
        case otherService = "other_service"
        case noServiceData = "no_service_data"
        case tooLong = "service_data_too_long"
    }

    /// Takes a batch: when this returns, it is on the disk. A nil claim could not be read. A batch
    /// that was taken before is answered as it was then.
    package func accept(
        _ claims: [Claim?], named name: UploadName, of organization: OrganizationID, at place: Location? = nil
    ) async throws -> UploadReceipt {
        _ = try TextRule(field: "batchId", limit: Self.batchIDLimit).check(name.batchID)
        let now = store.clock.now()
        var batch = UploadBatch(name: name, organization: organization, sightings: [], rejections: [:])
        for claim in claims {
            switch checked(claim, place, at: now) {
            case .success(let sighting): batch.sightings.append(sighting)
            case .failure(let refusal): batch.rejections[refusal.reason.rawValue, default: 0] += 1
            }
        }
        return try await spool(batch, at: now)
    }

    /// On a full disk, once more with the ballast given up.
    private func spool(_ batch: UploadBatch, at now: ClockReading) async throws -> UploadReceipt {
        defer { wake() }
        do {
            return try await store.spool(batch, at: now)
        } catch let error as EdgeError where error.code == .storageFull {
            guard try await store.makeRoom() else { throw error }
            return try await store.spool(batch, at: now)
        }
    }

    /// Opens advertisements, and records what opens as if it had been heard: for each claim its
    /// packet, nil where no key of the organization opens it.
    ///
    /// Throws `invalid` for too many and for one out of time, `unavailable` when the pipeline does not
    /// come to it.
    package func decode(_ claims: [Claim], named name: UploadName, of organization: OrganizationID)
        async throws
        -> [PacketEntry?]
    {
        guard !claims.isEmpty else { throw EdgeError.invalid("advertisements must not be empty") }
        guard claims.count <= Self.decodeLimit else {
            throw EdgeError.invalid("at most \(Self.decodeLimit) advertisements per request")
        }
        let now = store.clock.now()
        let sightings = try claims.map { claim in
            guard let heardAt = claim.heardAt, isDecodable(heardAt, now.wall) else {
                throw EdgeError.invalid("timestamp: within the last 72 hours, at most 2 hours ahead")
            }
            switch checked(claim, nil, at: now) {
            case .success(let sighting): return sighting
            case .failure(let refusal): throw EdgeError.invalid("payload: \(refusal.reason.rawValue)")
            }
        }
        let batch = UploadBatch(
            name: name, organization: organization, sightings: sightings, rejections: [:])
        let sequences = try await outcomes.sequences(of: name, within: Self.decodePatience) {
            _ = try await spool(batch, at: now)
        }
        guard let sequences else {
            throw EdgeError(.unavailable, "The gateway is busy; the advertisements are kept and opened later")
        }
        var entries: [PacketEntry?] = []
        for sequence in sequences {
            guard let sequence else {
                entries.append(nil)
                continue
            }
            entries.append(try await entry(sequence, organization))
        }
        return entries
    }

    /// Nil for a packet of another organization.
    private func entry(_ sequence: Int64, _ organization: OrganizationID) async throws -> PacketEntry? {
        var query = PacketQuery(
            organization: organization,
            received: Timestamp(microseconds: .min)..<Timestamp(microseconds: .max), limit: 1,
            through: sequence)
        query.after = sequence - 1
        return try await store.packets(query).entries.first
    }

    private func isDecodable(_ heardAt: Timestamp, _ now: Timestamp) -> Bool {
        // By a clock that is not set nothing is old, nothing ahead.
        guard store.clock.quality(of: now) != .none else { return heardAt >= Self.earliest }
        return heardAt > now.advanced(byMicroseconds: -Self.decodeAge.microseconds)
            && heardAt <= now.advanced(byMicroseconds: Self.decodeLead.microseconds)
    }

    private struct Refused: Error {
        var reason: Refusal
    }

    private func checked(_ claim: Claim?, _ place: Location?, at now: ClockReading)
        -> Result<ForeignSighting, Refused>
    {
        guard let claim else { return .failure(Refused(reason: .malformed)) }
        if let service = claim.serviceUUID, !Self.serviceNames.contains(service.uppercased()) {
            return .failure(Refused(reason: .otherService))
        }
        guard let data = claim.serviceData, !data.isEmpty else {
            return .failure(Refused(reason: .noServiceData))
        }
        guard data.count <= Self.serviceDataLimit else { return .failure(Refused(reason: .tooLong)) }
        let (heardAt, quality) = date(claim.heardAt, at: now.wall)
        return .success(
            ForeignSighting(
                serviceData: data, rssi: claim.rssi.flatMap { RSSI(dBm: $0) }, heardAt: heardAt,
                clockQuality: quality, count: min(max(1, claim.count ?? 1), Self.countLimit),
                location: claim.location ?? place))
    }

    /// The uploader's time when it can be true; else the time of the upload, and marked as no time of
    /// a reception.
    private func date(_ claimed: Timestamp?, at now: Timestamp) -> (Timestamp, ClockQuality) {
        guard let claimed, claimed >= Self.earliest else { return (now, .none) }
        let isAhead = claimed > now.advanced(byMicroseconds: Self.decodeLead.microseconds)
        if isAhead, store.clock.quality(of: now) != .none { return (now, .none) }
        return (claimed, .saved)
    }
}
