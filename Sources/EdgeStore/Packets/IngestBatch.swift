package import EdgeModel

/// A device's row in this database: what the pipeline knows it by.
package struct DeviceHandle: Hashable, Sendable {
    let row: Int64
    let organization: Int64
}

/// A packet that was opened and is not known to be stored.
package struct NewPacket: Sendable {
    package var id: UniqueID
    package var device: DeviceHandle
    package var platform: Platform
    package var protection: Packet.Protection
    package var payload: [UInt8]
    package var counter: UInt32?
    package var sequenceNumber: UInt32?
    package var fPort: UInt8?
    package var receivedAt: ClockReading
    package var clockQuality: ClockQuality
    /// At least one; the first is kept in the packet's own row.
    package var receptions: [Reception]
    /// The boot that `receivedAt.monotonic` belongs to; nil for this one.
    package var boot: Int64?
    /// Not to be stored unless it is stored already: an old message that may be a replay.
    package var isRepeatOnly: Bool

    package init(
        id: UniqueID, device: DeviceHandle, platform: Platform, protection: Packet.Protection,
        payload: [UInt8], counter: UInt32?, sequenceNumber: UInt32?, fPort: UInt8?,
        receivedAt: ClockReading, clockQuality: ClockQuality, receptions: [Reception], boot: Int64? = nil,
        isRepeatOnly: Bool = false
    ) {
        self.id = id
        self.device = device
        self.platform = platform
        self.protection = protection
        self.payload = payload
        self.counter = counter
        self.sequenceNumber = sequenceNumber
        self.fPort = fPort
        self.receivedAt = receivedAt
        self.clockQuality = clockQuality
        self.receptions = receptions
        self.boot = boot
        self.isRepeatOnly = isRepeatOnly
    }
}

/// All receptions of a packet that is stored already, repeats included: replaces what is there.
package struct ReceptionUpdate: Sendable {
    package var packet: Int64
    package var receptions: [Reception]

    package init(packet: Int64, receptions: [Reception]) {
        self.packet = packet
        self.receptions = receptions
    }
}

/// A frame that no key opened.
package struct RawFrame: Sendable {
    /// What kind of sender a raw frame names, and by what.
    package enum Kind: Int, Sendable {
        /// Hubble version 0; `lookup` is the 4-byte EID, big-endian.
        case hubbleCTR = 0
        /// Hubble version 1; `lookup` is the network identifier.
        case hubbleUnencrypted = 1
        /// Hubble version 2; `lookup` is the 8-byte EID.
        case hubbleEAX = 2
        /// A Hubble version that this gateway does not know.
        case hubbleUnknown = 3
        /// A LoRaWAN data frame; `lookup` is the DevAddr.
        case lorawanData = 10
        /// A LoRaWAN JoinRequest; `lookup` is the DevEUI.
        case lorawanJoin = 11
        /// Any other LoRaWAN frame.
        case lorawanOther = 12
    }

    package var kind: Kind
    package var lookup: UInt64
    package var sighting: Sighting
    package var clockQuality: ClockQuality
    /// How often it was heard; the bytes are kept once.
    package var count: Int

    package init(
        kind: Kind, lookup: UInt64, sighting: Sighting, clockQuality: ClockQuality, count: Int = 1
    ) {
        self.kind = kind
        self.lookup = lookup
        self.sighting = sighting
        self.clockQuality = clockQuality
        self.count = count
    }
}

/// What one group commit writes.
package struct IngestBatch: Sendable {
    package var packets: [NewPacket] = []
    package var updates: [ReceptionUpdate] = []
    package var rawFrames: [RawFrame] = []
    /// Raw frames that a packet of this batch was opened from.
    package var openedRawFrames: [Int64] = []
    /// Parts of the spool of which everything is in this batch.
    package var finishedUploads: [Int64] = []
    /// The generation of the journal of which everything is in this batch.
    package var journalGeneration: Int64?

    package init() {}

    package var isEmpty: Bool {
        packets.isEmpty && updates.isEmpty && rawFrames.isEmpty
            && openedRawFrames.isEmpty && finishedUploads.isEmpty && journalGeneration == nil
    }
}

/// What became of each packet of a batch, in its order.
package enum RecordedPacket: Sendable {
    case stored(sequence: Int64)
    /// It was stored before: its sequence number, and the receptions it has.
    case alreadyStored(sequence: Int64, receptions: [Reception])
    /// It could only have been a repeat, and there was nothing that it repeats.
    case refused
}
