import EdgeModel
import EdgeStore
import HubbleAdvertising
import Logging

/// What other receivers heard and uploaded: out of the spool, through the same steps.
extension IngestPipeline {
    private static let uploadsAtOnce = 8
    /// Rounds of that length before the radios have their turn again.
    private static let uploadRounds = 4

    /// Takes what waits in the spool. A part leaves it with the commit of everything that was in it,
    /// so that a crash in between costs nothing but doing it again.
    func takeUploads() async throws {
        let revision = store.uploadsRevision
        guard revision != uploadsTaken else { return }
        for _ in 0..<Self.uploadRounds {
            let uploads = try await store.spooledUploads(limit: Self.uploadsAtOnce)
            guard !uploads.isEmpty else {
                uploadsTaken = revision
                return
            }
            for upload in uploads { try await process(upload) }
        }
        queue.wake()
    }

    private func process(_ upload: SpooledUpload) async throws {
        let packets = upload.sightings.map { take($0, of: upload) }
        state.finished(upload: upload.key)
        try await record(state.takeBatch())
        outcomes.report(upload.name, packets.map { $0.flatMap { state.recent[$0]?.sequence } })
    }

    /// One foreign sighting through the steps; the identifier of its packet, if it opened.
    private func take(_ foreign: ForeignSighting, of upload: SpooledUpload) -> UniqueID? {
        let sighting = Sighting(
            gateway: upload.name.gateway,
            receivedAt: ClockReading(wall: foreign.heardAt, monotonic: upload.uploadedAt.monotonic),
            rssi: foreign.rssi, frame: .hubble(serviceData: foreign.serviceData), location: foreign.location)
        let heard = Heard(
            sighting: sighting, clockQuality: foreign.clockQuality, boot: upload.boot, count: foreign.count)
        let opening = open(foreign, heard)
        let outcome: Outcome
        var packet: UniqueID?
        switch opening {
        case .message(let message) where message.protection == .decrypted || upload.isOfOwner(message.device):
            outcome = deduplicate(message, heard)
            packet = message.id
        case .message:
            // In clear, for a device of somebody else: anyone could have written it.
            outcome = .foreignPlain
        case .stranger(let kind, let lookup):
            outcome = state.keep(
                RawFrame(
                    kind: kind, lookup: lookup, sighting: sighting, clockQuality: foreign.clockQuality,
                    count: foreign.count), isAcknowledged: true)
        case .ended(let reason): outcome = reason
        }
        metrics.count(outcome)
        return packet
    }

    /// With the key ring; then, for what was heard on a day that it does not cover, with a table of
    /// that day.
    private func open(_ foreign: ForeignSighting, _ heard: Heard) -> Opening {
        let opening = open(FrameDecoder.decode(heard.sighting.frame), heard)
        let day = foreign.heardAt.day
        guard case .stranger(.hubbleCTR, _) = opening, foreign.clockQuality != .none,
            (today - LateTables.reach...today).contains(day)
        else { return opening }
        let wanted = KeyRing.window(around: day, days: ring.windowDays)
        let covered = ring.table.window
        if covered.contains(wanted.lowerBound), covered.contains(wanted.upperBound) { return opening }
        let table = lateTables.table(for: day, of: ring, revision: registryRevision)
        let outcome = ring.open(foreign.serviceData, in: table)
        guard case .opened(let packet) = outcome,
            isTimely(packet, foreign.heardAt, foreign.clockQuality)
        else { return opening }
        var findings = Findings()
        let late = opener.opening(
            of: outcome, foreign.serviceData, received: foreign.heardAt, ring, findings: &findings)
        if let lesson = findings.lesson { learn(lesson) }
        return late
    }
}
