/// What a central knows of one history of a gateway, as it answers each request.
package struct SyncAnswer: Hashable, Sendable, Codable {
    package var epoch: String
    /// What has arrived.
    package var received: SequenceRanges
    /// The fingerprint of the row at the highest number that has one, and that number.
    package var witness: Witness?
    /// Rows of the request that contradict what arrived before under their numbers.
    package var conflicts: Int
    /// How long the gateway may gather before the next request; a failure has its own pause.
    package var delayMilliseconds: Int
    /// The central's registry: the number of its last change for this gateway's organization.
    package var registryRevision: Int64
    /// The history that this number is of.
    package var centralEpoch: String
    /// The central's time, microseconds since 1970; nil where it has none itself.
    package var timeMicroseconds: Int64?
    /// The number of the last change of the settings; nil of a central that shares none.
    package var settingsRevision: Int64?
    /// The same of LoRaWAN sessions.
    package var sessionsRevision: Int64?
    /// The central wants to know how some of this gateway's sessions are.
    package var wantsSessions: Bool?
    /// What the central takes beside packets; nil is nothing.
    package var takes: Int?

    /// `takes` of a central that keeps audit entries and frames that nobody could open.
    package static let takesRecords = 1

    package struct Witness: Hashable, Sendable, Codable {
        package var sequence: Int64
        package var fingerprint: UInt32

        package init(sequence: Int64, fingerprint: UInt32) {
            self.sequence = sequence
            self.fingerprint = fingerprint
        }
    }

    package init(
        epoch: UniqueID, received: SequenceRanges, witness: Witness?, conflicts: Int,
        delayMilliseconds: Int, registryRevision: Int64, centralEpoch: String = "",
        time: Timestamp? = nil, settingsRevision: Int64? = nil
    ) {
        self.settingsRevision = settingsRevision
        timeMicroseconds = time?.microseconds
        self.centralEpoch = centralEpoch
        self.epoch = epoch.description
        self.received = received
        self.witness = witness
        self.conflicts = conflicts
        self.delayMilliseconds = delayMilliseconds
        self.registryRevision = registryRevision
    }
}

extension SyncAnswer {
    /// The central's time when it answered; nil where it has none itself.
    package var time: Timestamp? { timeMicroseconds.map(Timestamp.init(microseconds:)) }
}

/// What a central has under a run of sequence numbers, by the fingerprints of the rows.
package struct SyncFingerprints: Hashable, Sendable {
    /// More numbers are not asked for at once.
    package static let limit: Int64 = 8_192

    package var first: Int64
    /// The fingerprints of rows below this number are forgotten.
    package var firstKnown: Int64
    /// 0 where there is no row.
    package var values: [UInt32]

    package init(first: Int64, firstKnown: Int64, values: [UInt32]) {
        self.first = first
        self.firstKnown = firstKnown
        self.values = values
    }

    /// Whether a row of ours is another one there, or is not there. A row that we have no more says
    /// nothing.
    package func contradict(_ own: [Int64: UInt32]) -> Bool {
        own.contains { sequence, fingerprint in
            guard sequence >= max(first, firstKnown), sequence - first < Int64(values.count) else {
                return false
            }
            return values[Int(sequence - first)] != fingerprint
        }
    }
}

/// What a gateway says of itself to its central.
package struct GatewayReport: Hashable, Sendable, Codable {
    /// How the machine is.
    package struct Health: Hashable, Sendable, Codable {
        /// Bytes that its disk has left.
        package var freeBytes: Int
        /// Since its program began.
        package var uptimeSeconds: Int
        package var isDamaged: Bool
        /// Packet rows that did not agree with their checksum.
        package var quarantined: Int
        /// Rows that retention or a limit has discarded, since its database was made.
        package var discarded: Int

        package init(
            freeBytes: Int, uptimeSeconds: Int, isDamaged: Bool, quarantined: Int, discarded: Int
        ) {
            self.freeBytes = freeBytes
            self.uptimeSeconds = uptimeSeconds
            self.isDamaged = isDamaged
            self.quarantined = quarantined
            self.discarded = discarded
        }
    }

    /// More radios than this are not listed.
    package static let radioLimit = 64

    package struct Radio: Hashable, Sendable, Codable {
        package var id: String
        package var kind: String
        /// Seconds since it was heard from.
        package var silentSeconds: Int
        package var received: Int
        package var receivedWithValidCRC: Int?
        package var forwarded: Int?
        package var downlinksSent: Int?
        /// Of its datagrams, by its last report.
        package var acknowledgedPercent: Double?
        /// Degrees Celsius, by its last report.
        package var temperature: Double?

        package init(id: String, kind: String, silentSeconds: Int, received: Int) {
            self.id = id
            self.kind = kind
            self.silentSeconds = silentSeconds
            self.received = received
        }
    }

    package var version: String
    /// `none`, `saved`, `told` or `synchronised`.
    package var clock: String
    package var epoch: String
    package var lastSequence: Int64
    package var waiting: Int
    package var oldestWaitingSeconds: Int?
    /// What was dropped before it was sent, since the gateway's database was made.
    package var droppedUnsent: Int
    /// Frames that no key opened.
    package var unopenedFrames: Int
    /// The gateway found that its own history is not the one that the central has: it began another.
    package var contradictions: Int
    /// The last registry revision of the central that is in force here.
    package var registryRevision: Int64
    package var radios: [Radio]
    /// Nil of an earlier version.
    package var health: Health?
    /// The last revision of the central's settings that is in force there.
    package var settingsRevision: Int64?

    package init(
        version: String, clock: String, epoch: String, lastSequence: Int64, waiting: Int,
        oldestWaitingSeconds: Int?, droppedUnsent: Int, unopenedFrames: Int, contradictions: Int,
        registryRevision: Int64, radios: [Radio]
    ) {
        self.version = version
        self.clock = clock
        self.epoch = epoch
        self.lastSequence = lastSequence
        self.waiting = waiting
        self.oldestWaitingSeconds = oldestWaitingSeconds
        self.droppedUnsent = droppedUnsent
        self.unopenedFrames = unopenedFrames
        self.contradictions = contradictions
        self.registryRevision = registryRevision
        self.radios = radios
    }
}
