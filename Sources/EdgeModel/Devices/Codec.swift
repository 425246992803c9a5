/// A codec's identifier. Opaque text; generated ones are UUIDs.
package struct CodecID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// What makes a payload into named values, and named values into a payload.
package struct Codec: Hashable, Sendable {
    package var id: CodecID
    package var organization: OrganizationID
    package var name: String
    package var kind: Kind
    /// JavaScript, or a layout as JSON text; empty for Cayenne LPP.
    package var source: String
    /// Raised with each change of kind or source.
    package var revision: Int
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package enum Kind: String, CaseIterable, Sendable {
        case cayenneLPP = "cayenne_lpp"
        case layout
        case javaScript = "javascript"
    }

    package init(
        id: CodecID, organization: OrganizationID, name: String, kind: Kind, source: String,
        revision: Int = 1, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.organization = organization
        self.name = name
        self.kind = kind
        self.source = source
        self.revision = revision
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
