/// A packet on its way from a gateway to its central, with all that the gateway knows of it.
package struct SyncPacket: Hashable, Sendable {
    /// The gateway's ingest sequence number.
    package var sequence: Int64
    package var id: UniqueID
    /// The device, as both sides know it.
    package var devEUI: EUI64
    package var platform: Platform
    package var protection: Packet.Protection
    package var payload: [UInt8]
    package var counter: UInt32?
    package var sequenceNumber: UInt32?
    package var fPort: UInt8?
    package var receivedAt: Timestamp
    package var clockQuality: ClockQuality
    /// At least one.
    package var receptions: [Reception]

    package init(
        sequence: Int64, id: UniqueID, devEUI: EUI64, platform: Platform, protection: Packet.Protection,
        payload: [UInt8], counter: UInt32?, sequenceNumber: UInt32?, fPort: UInt8?, receivedAt: Timestamp,
        clockQuality: ClockQuality, receptions: [Reception]
    ) {
        self.sequence = sequence
        self.id = id
        self.devEUI = devEUI
        self.platform = platform
        self.protection = protection
        self.payload = payload
        self.counter = counter
        self.sequenceNumber = sequenceNumber
        self.fPort = fPort
        self.receivedAt = receivedAt
        self.clockQuality = clockQuality
        self.receptions = receptions
    }

    /// A number made of what never changes of this row: two rows with one sequence number and two
    /// fingerprints are two histories of one gateway. Never 0, which stands for no row.
    package var fingerprint: UInt32 {
        // FNV-1a with 64 bits, folded: what it guards against is accident, not intent.
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ number: UInt64) {
            var rest = number
            for _ in 0..<8 {
                sum = (sum ^ (rest & 0xFF)) &* 0x100_0000_01B3
                rest >>= 8
            }
        }
        add(id.high)
        add(id.low)
        add(devEUI.rawValue)
        add(UInt64(counter ?? 0) << 32 | UInt64(sequenceNumber ?? 0))
        add(UInt64(payload.count) << 8 | UInt64(fPort ?? 0))
        for byte in payload { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let folded = UInt32(truncatingIfNeeded: sum ^ sum >> 32)
        return folded == 0 ? 1 : folded
    }
}

/// What became known of a packet after it was sent: further receptions, or its real time.
package struct SyncUpdate: Hashable, Sendable {
    package var id: UniqueID
    package var devEUI: EUI64
    package var sequenceNumber: UInt32?
    package var receivedAt: Timestamp
    package var clockQuality: ClockQuality
    /// All of them.
    package var receptions: [Reception]

    package init(
        id: UniqueID, devEUI: EUI64, sequenceNumber: UInt32?, receivedAt: Timestamp,
        clockQuality: ClockQuality, receptions: [Reception]
    ) {
        self.id = id
        self.devEUI = devEUI
        self.sequenceNumber = sequenceNumber
        self.receivedAt = receivedAt
        self.clockQuality = clockQuality
        self.receptions = receptions
    }

    /// What a packet says that came again.
    package init(_ packet: SyncPacket) {
        self.init(
            id: packet.id, devEUI: packet.devEUI, sequenceNumber: packet.sequenceNumber,
            receivedAt: packet.receivedAt, clockQuality: packet.clockQuality, receptions: packet.receptions)
    }
}

/// One request of a gateway to its central.
package struct SyncBatch: Hashable, Sendable {
    /// More rows, updates included, are not sent at once, nor taken.
    package static let rowLimit = 500
    /// Nor more different gateways, frequencies, data rates or places.
    package static let tableLimit = 4_096

    /// The history that the sequence numbers belong to.
    package var epoch: UniqueID
    /// The sequence numbers that this batch settles, also those that have no row any more; nil when it
    /// settles none.
    package var range: ClosedRange<Int64>?
    /// Rows within `range`, ascending.
    package var packets: [SyncPacket]
    package var updates: [SyncUpdate]

    package init(
        epoch: UniqueID, range: ClosedRange<Int64>?, packets: [SyncPacket] = [], updates: [SyncUpdate] = []
    ) {
        self.epoch = epoch
        self.range = range
        self.packets = packets
        self.updates = updates
    }
}

extension [Reception] {
    /// Both lists as one, each gateway once: the earliest first, the latest last, the greater count, and
    /// the signal of the stronger. The order of merging makes no difference, nor does its repetition.
    package func merged(with others: [Reception]) -> [Reception] {
        var merged = self
        for other in others {
            guard let place = merged.firstIndex(where: { $0.gateway == other.gateway }) else {
                merged.append(other)
                continue
            }
            merged[place] = merged[place].merged(with: other)
        }
        return merged.strongestFirst()
    }
}

extension Reception {
    fileprivate func merged(with other: Reception) -> Reception {
        let isWeaker = (rssi?.dBm ?? .min) < (other.rssi?.dBm ?? .min)
        var merged = isWeaker ? other : self
        merged.firstAt = Swift.min(firstAt, other.firstAt)
        merged.lastAt = Swift.max(lastAt, other.lastAt)
        merged.count = Swift.max(count, other.count)
        return merged
    }
}

/// What came of one batch at the central.
package struct SyncReceipt: Sendable {
    package var received: SequenceRanges
    package var witness: SyncAnswer.Witness?
    /// Rows that were not here before.
    package var stored = 0
    /// Rows whose device is not registered: they wait for it.
    package var pending = 0
    package var conflicts = 0

    package init(received: SequenceRanges) { self.received = received }
}
