import Synchronization

/// Which packets: always in the order of their ingest sequence.
package struct PacketQuery: Hashable, Sendable {
    package var organization: OrganizationID
    /// Reception time from the first, to before the second.
    package var received: Range<Timestamp>
    package var device: DeviceID?
    package var platform: Platform?
    /// Devices that carry every one of these tags.
    package var tags: [DeviceQuery.TagFilter] = []
    package var limit: Int
    /// Packets above this sequence number.
    package var after: Int64 = 0
    /// Packets up to this sequence number: what there was when the first page was read.
    package var through: Int64

    package init(organization: OrganizationID, received: Range<Timestamp>, limit: Int, through: Int64) {
        self.organization = organization
        self.received = received
        self.limit = limit
        self.through = through
    }
}

/// A packet, its place in the order, and its device. An object, as pages hand thousands of them around.
package final class PacketEntry: Sendable {
    package let sequence: Int64
    package let packet: Packet
    package let label: DeviceLabel
    /// What its device's codec made of the payload, where there is one and it has come to it.
    package let decoding: Decoding?
    private let text = Mutex(Text.unserved)

    private enum Text {
        case unserved, served
        case kept([UInt8])
    }

    package init(sequence: Int64, packet: Packet, label: DeviceLabel, decoding: Decoding? = nil) {
        self.sequence = sequence
        self.packet = packet
        self.label = label
        self.decoding = decoding
    }

    /// The entry as text in the format in which it is served: what `make` makes of it, made once. Nil the
    /// first time, as most entries are served once, and written into their page straight away.
    package func rendering(_ make: (PacketEntry) -> [UInt8]) -> [UInt8]? {
        text.withLock { text in
            switch text {
            case .unserved:
                text = .served
                return nil
            case .served:
                let made = make(self)
                text = .kept(made)
                return made
            case .kept(let made): return made
            }
        }
    }
}

/// One page of packets.
package struct PacketPage: Sendable {
    package var entries: [PacketEntry]
    /// The sequence number after which the next page begins; nil on the last.
    package var next: Int64?

    package init(entries: [PacketEntry], next: Int64?) {
        self.entries = entries
        self.next = next
    }
}
