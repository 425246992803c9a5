package import FoundationEssentials

/// Entries of a gateway's audit log on their way to its central.
package struct AuditBatch: Sendable, Codable {
    /// Entries of one request.
    package static let limit = 200

    /// In their order, as they were written.
    package var entries: [Entry]

    package init(entries: [Entry]) { self.entries = entries }

    package struct Entry: Sendable, Codable {
        package var sequence: Int64
        package var hash: Data
        /// Nil for what is another organization's: it only holds the chain together.
        package var content: Content?

        package init(sequence: Int64, hash: Data, content: Content?) {
            self.sequence = sequence
            self.hash = hash
            self.content = content
        }
    }

    package struct Content: Sendable, Codable {
        package var at: Int64
        package var organization: String?
        package var initiator: String
        package var initiatorID: String?
        package var action: String
        package var object: String?
        package var detail: String?
        package var address: String?
        package var requestID: String?
    }
}

extension AuditBatch.Entry {
    /// `isWithheld`: without what it says.
    package init(_ entry: AuditEntry, isWithheld: Bool) {
        self.init(
            sequence: entry.sequence, hash: Data(entry.hash),
            content: isWithheld
                ? nil
                : AuditBatch.Content(
                    at: entry.at.microseconds, organization: entry.organization, initiator: entry.initiator,
                    initiatorID: entry.initiatorID, action: entry.action, object: entry.object,
                    detail: entry.detail, address: entry.address, requestID: entry.requestID))
    }

    /// Nil for what is withheld.
    package var entry: AuditEntry? {
        content.map { content in
            AuditEntry(
                sequence: sequence, at: Timestamp(microseconds: content.at),
                organization: content.organization, initiator: content.initiator,
                initiatorID: content.initiatorID, action: content.action, object: content.object,
                detail: content.detail, address: content.address, requestID: content.requestID,
                hash: Array(hash))
        }
    }
}

/// An entry of a gateway's audit log, as its central shows it.
package struct CarriedAuditEntry: Sendable {
    package var entry: AuditEntry
    /// Whether its hash follows from it and from the entry before; nil when that one is not here.
    package var isVerified: Bool?

    package init(entry: AuditEntry, isVerified: Bool?) {
        self.entry = entry
        self.isVerified = isVerified
    }
}

/// Frames that no key of a gateway opens, on their way to its central.
package struct RawFrameBatch: Sendable, Codable {
    /// Frames of one request.
    package static let limit = 200
    /// Bytes of one frame.
    package static let frameLimit = 512

    package var frames: [Frame]

    package init(frames: [Frame]) { self.frames = frames }

    package struct Frame: Sendable, Codable {
        package var kind: Int
        package var lookup: UInt64
        package var bytes: Data
        package var gateway: String
        /// Microseconds since 1970.
        package var firstAt: Int64
        package var lastAt: Int64
        package var count: Int
        package var clockQuality: Int
        package var rssi: Int?
        package var snr: Double?
        package var frequency: UInt32?
        package var dataRate: String?
        package var latitude: Double?
        package var longitude: Double?

        package init(
            kind: Int, lookup: UInt64, bytes: Data, gateway: String, firstAt: Int64, lastAt: Int64,
            count: Int,
            clockQuality: Int
        ) {
            self.kind = kind
            self.lookup = lookup
            self.bytes = bytes
            self.gateway = gateway
            self.firstAt = firstAt
            self.lastAt = lastAt
            self.count = count
            self.clockQuality = clockQuality
        }
    }
}
