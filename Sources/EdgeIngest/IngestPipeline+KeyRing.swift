import EdgeModel
import EdgeNetwork
import EdgeStore
import HubbleAdvertising
import LoRaNetwork
import LoRaWAN
import Logging
import Synchronization

/// A table of ephemeral identifiers for another window of days, from the moment its building
/// began until it takes the place of the one it was made from.
struct NextTable: Sendable {
    var base: EphemeralIDTable
    var finished: EphemeralIDTable?
}

extension IngestPipeline {
    private static let pageLength = 1_000
    /// Raw frames tried at most after one change of the registry.
    private static let reopenLimit = 50_000

    /// Between batches: changes of the registry, the day, the clock.
    func keepUp() async throws {
        let isBehind = store.registryRevision > registryRevision || !untried.isEmpty
        if isBehind || !health.snapshot.isLoaded { try await takeChanges() }
        if let link { ring.apply(link.takeSessionChanges()) }
        takeNextTable()
        try await noticeClock()
    }

    /// Takes over what changed in the registry, at the start all of it, and tries the kept frames
    /// with what is new.
    func takeChanges() async throws {
        let triedThrough = try await store.rawFramesTriedThrough()
        while true {
            let (devices, revision) = try await store.registryChanges(
                after: registryRevision, limit: Self.pageLength)
            guard !devices.isEmpty else { break }
            let states = try await store.networkState(of: devices.map(\.handle))
            let touched = ring.apply(devices, sessions: states.mapValues(\.sessions))
            if revision > triedThrough { untried += touched }
            registryRevision = revision
        }
        ring.relist()
        health.update { health in
            health.ephemeralIDs = ring.table.entryCount
            health.devicesBeyondLimits = ring.table.deniedCount
            health.isLoaded = true
        }
        try await reopenStrangers(of: untried)
        untried = []
        if registryRevision > triedThrough { try await store.setRawFramesTriedThrough(registryRevision) }
    }

    // MARK: The day

    var today: Int64 { clock.now().wall.day }

    /// Builds the table for a new day beside the one in use.
    func beginNextTableIfDue(_ tasks: inout ThrowingDiscardingTaskGroup<any Error>) {
        let window = KeyRing.window(around: today, days: ring.windowDays)
        guard ring.table.window != window || ring.table.isFragmented else { return }
        guard nextTable.withLock({ $0 == nil }) else { return }
        let (base, devices) = (ring.table, ring.listed)
        nextTable.withLock { $0 = NextTable(base: base) }
        tasks.addTask { [self] in
            let finished = base.refreshed(window: window, devices: devices)
            nextTable.withLock { $0?.finished = finished }
        }
    }

    private func takeNextTable() {
        let ready = nextTable.withLock { next -> NextTable? in
            guard next?.finished != nil else { return nil }
            defer { next = nil }
            return next
        }
        guard let ready, var finished = ready.finished else { return }
        finished.replay(changesOf: ring.table, since: ready.base)
        ring.table = finished
        health.update { $0.ephemeralIDs = finished.entryCount }
    }

    // MARK: The clock

    /// When the clock becomes good for the first time, rows of this boot get their real time, and
    /// what was heard before is tried again.
    private func noticeClock() async throws {
        guard !clockWasGood, clock.quality != .none else { return }
        try await redate()
        clockWasGood = true
        ring.table = ring.table.refreshed(
            window: KeyRing.window(around: today, days: ring.windowDays), devices: ring.listed)
        try await retryAll()
    }

    /// An earlier run of this boot may have had no good time.
    func dateWhatWasLeft() async throws {
        guard clockWasGood, try await redate() > 0 else { return }
        try await retryAll()
    }

    @discardableResult
    private func redate() async throws -> Int {
        var redated = 0
        while case let count = try await store.redate(by: clock.now()), count > 0 { redated += count }
        if redated > 0 {
            logger.info("the clock is set; rows were re-dated", metadata: ["rows": "\(redated)"])
        }
        return redated
    }

    /// Kept frames have another day now.
    private func retryAll() async throws {
        untried = ring.entries.indices.map(Int32.init)
        try await reopenStrangers(of: untried)
        untried = []
    }

    // MARK: Learning

    /// Keeps what an opened packet told about its device, in memory now, in the store beside.
    func learn(_ lesson: Lesson) {
        guard let entry = ring[lesson.place] else { return }
        ring.learn(lesson.scheme, platform: lesson.platform, at: lesson.place)
        lessons[entry.handle] = lesson
    }

    /// Writes what was learnt since the last time.
    func writeLessons() async throws {
        for (device, lesson) in lessons {
            let (rotation, encryption) = lesson.scheme.registered(key: ring[lesson.place]?.key)
            try await store.remember(
                rotation, encryption: encryption, platform: lesson.platform, of: device)
            lessons[device] = nil
        }
    }

    // MARK: Strangers

    /// Tries kept frames with the keys of these devices.
    private func reopenStrangers(of places: [Int32]) async throws {
        let entries = places.compactMap { place in ring[place].map { (place, $0) } }
        guard !entries.isEmpty, try await store.rawFrameCount() > 0 else { return }
        try await reopenHubble(entries)
        for (_, entry) in entries {
            if let networkID = entry.networkID {
                let kept = try await store.rawFrames(
                    kind: .hubbleUnencrypted, lookups: [networkID], limit: Self.reopenLimit)
                try await reopen(kept) { reopened($0) }
            }
            let addresses = ring.sessions.ids(of: entry.handle).compactMap {
                ring.sessions[device: entry.handle, session: $0].map { UInt64($0.devAddr.rawValue) }
            }
            if !addresses.isEmpty {
                let kept = try await store.rawFrames(
                    kind: .lorawanData, lookups: addresses, limit: Self.reopenLimit)
                try await reopen(kept) { reopened($0) }
            }
        }
    }

    /// Hubble frames are found by the EIDs that these devices had in the days that frames are kept.
    private func reopenHubble(_ entries: [(Int32, KeyRing.Entry)]) async throws {
        let listed = entries.compactMap { place, entry in KeyRing.listed(entry, at: place) }
        guard !listed.isEmpty else { return }
        let first = KeyRing.window(around: today - Self.keptDays, days: ring.windowDays).lowerBound
        let last = KeyRing.window(around: today, days: ring.windowDays).upperBound
        let table = EphemeralIDTable(devices: listed, window: min(first, last)...last)
        for (kind, makeEID) in Self.hubbleKinds {
            let lookups = try await store.rawFrameLookups(kind: kind, limit: Self.reopenLimit)
            let matching = lookups.filter { lookup in table.search(makeEID(lookup)) { _ in true } }
            guard !matching.isEmpty else { continue }
            let kept = try await store.rawFrames(
                kind: kind, lookups: Array(matching), limit: Self.reopenLimit)
            try await reopen(kept.sorted { $0.key < $1.key }) { reopened($0, in: table) }
        }
    }

    /// The longest that raw frames are kept, in days.
    private static let keptDays: Int64 = 7

    private static let hubbleKinds: [(RawFrame.Kind, @Sendable (UInt64) -> EphemeralID)] = [
        (.hubbleCTR, { EphemeralID(counterMode: UInt32(truncatingIfNeeded: $0)) }),
        (.hubbleEAX, { EphemeralID(eax: $0) }),
    ]

    private func reopened(_ kept: KeptFrame, in table: EphemeralIDTable? = nil) -> Opening {
        let sighting = kept.frame.sighting
        let received = sighting.receivedAt.wall
        // The network server hears only what is new.
        var findings = Findings()
        let opening: Opening
        if let table, case .hubble(let serviceData) = sighting.frame {
            let outcome = ring.open(serviceData, in: table)
            if case .opened(let packet) = outcome, !isTimely(packet, received, kept.frame.clockQuality) {
                return .ended(.stranger)
            }
            opening = opener.opening(of: outcome, serviceData, received: received, ring, findings: &findings)
        } else {
            opening = opener.open(
                FrameDecoder.decode(sighting.frame), received: received, with: &ring, findings: &findings)
        }
        if let lesson = findings.lesson { learn(lesson) }
        return opening
    }

    /// Whether a day counter lies within the window around the reception, as it must for a frame
    /// that is opened at once.
    func isTimely(_ packet: OpenedPacket, _ received: Timestamp, _ quality: ClockQuality) -> Bool {
        guard packet.candidate.source == .unixTime, packet.candidate.exponent == nil, quality != .none
        else { return true }
        return abs(Int64(packet.candidate.counter.rawValue) - received.day) <= ring.windowDays
    }
}

extension KnownScheme {
    /// The registry's words for what is known, given the key that it was found with.
    func registered(key: DeviceKey?) -> (EIDRotation, HubbleEncryption?) {
        switch self {
        case .unknown: (EIDRotation(), nil)
        case .counterMode(let source):
            (
                EIDRotation(counterSource: source.map { $0 == .unixTime ? .unixTime : .deviceUptime }),
                key.map { $0.fitsEAX ? .aes128CTR : .aes256CTR }
            )
        case .eax(let exponent):
            (
                EIDRotation(counterSource: .deviceUptime, periodExponent: exponent.map { Int($0.rawValue) }),
                .aes128EAX
            )
        }
    }
}
