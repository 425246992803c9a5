import EdgeModel
import EdgeStore

/// What the pipeline turns into one commit: the third step, deduplication, and what it remembers.
struct IngestState {
    var recent: RecentPackets
    var strangers = StrangerLog()
    /// Packets new in this batch, in order.
    private var new: [(id: UniqueID, packet: NewPacket)] = []
    private var rawFrames: [RawFrame] = []
    private var updates: [ReceptionUpdate] = []
    private(set) var openedRawFrames: [Int64] = []
    private var finishedUploads: [Int64] = []

    init(recentPackets: Int) { recent = RecentPackets(capacity: recentPackets) }

    /// How much a commit now would write.
    var unwritten: Int { new.count + rawFrames.count + updates.count + recent.urgentCount }

    /// A message becomes a new packet, or one more reception of one that is known.
    mutating func deduplicate(_ message: Message, _ heard: Heard) -> Outcome {
        let reception = heard.reception
        if recent.merge(reception, into: message.id) { return .repeated }
        if let forgotten = recent.insert(message.id, .init(reception)) { updates.append(forgotten) }
        new.append((message.id, NewPacket(message, heard)))
        return .recorded
    }

    /// A frame that no key opened. `isAcknowledged`: somebody was told that it is kept.
    mutating func keep(_ frame: RawFrame, isAcknowledged: Bool = false) -> Outcome {
        let now = isAcknowledged ? nil : frame.sighting.receivedAt.monotonic
        switch strangers.note(frame, at: now) {
        case .write:
            rawFrames.append(frame)
            return .stranger
        case .counted: return .stranger
        case .dropped: return .strangerDropped
        }
    }

    /// A raw frame from which a packet of this batch was opened: to be taken out with its commit.
    mutating func opened(rawFrame key: Int64) { openedRawFrames.append(key) }

    /// A part of the spool that is wholly in this batch.
    mutating func finished(upload key: Int64) { finishedUploads.append(key) }

    /// The batch as it stands, with every reception that was merged since.
    mutating func takeBatch() -> IngestBatch {
        var batch = IngestBatch()
        batch.packets = new.map { id, packet in
            var packet = packet
            if let merged = recent[id]?.heardBy.receptions { packet.receptions = merged }
            return packet
        }
        batch.updates = updates + recent.takeUrgent()
        batch.rawFrames = rawFrames
        batch.openedRawFrames = openedRawFrames
        batch.finishedUploads = finishedUploads
        new = []
        (updates, rawFrames, openedRawFrames, finishedUploads) = ([], [], [], [])
        return batch
    }

    /// Repeats that were only counted, to be written now and then.
    mutating func takeRepeats() -> IngestBatch {
        var batch = IngestBatch()
        batch.updates = recent.takeAll()
        batch.rawFrames = strangers.takeCounts()
        return batch
    }

    /// Notes what became of the packets of a batch.
    mutating func recorded(_ batch: IngestBatch, _ results: [RecordedPacket]) {
        for (packet, result) in zip(batch.packets, results) {
            switch result {
            case .stored(let sequence):
                recent.stored(packet.id, sequence: sequence, written: packet.receptions, known: [])
            case .alreadyStored(let sequence, let receptions):
                recent.stored(packet.id, sequence: sequence, written: receptions, known: receptions)
            case .refused: recent.forget(packet.id)
            }
        }
    }
}

/// Who heard a frame, when and how well.
struct Heard {
    var sighting: Sighting
    var clockQuality: ClockQuality
    /// The boot of the monotonic time; nil for this one.
    var boot: Int64?
    /// More than once for a raw frame that was repeated.
    var count = 1
    var lastAt: Timestamp?

    var reception: Reception {
        let wall = sighting.receivedAt.wall
        var reception = Reception(
            gateway: sighting.gateway, firstAt: wall, lastAt: lastAt ?? wall, count: count,
            rssi: sighting.rssi, location: sighting.location)
        if case .lorawan(_, let radio) = sighting.frame {
            reception.snr = radio.snr
            reception.frequency = radio.frequency
            reception.dataRate = radio.dataRate
        }
        return reception
    }
}

extension NewPacket {
    init(_ message: Message, _ heard: Heard) {
        self.init(
            id: message.id, device: message.device, platform: message.platform,
            protection: message.protection, payload: message.payload, counter: message.counter,
            sequenceNumber: message.sequenceNumber, fPort: message.fPort,
            receivedAt: heard.sighting.receivedAt, clockQuality: heard.clockQuality,
            receptions: [heard.reception], boot: heard.boot, isRepeatOnly: message.isRepeatOnly)
    }
}
