/// One packet of a btsnoop capture.
package struct BtsnoopRecord: Hashable, Sendable {
    package var kind: Kind
    /// Microseconds since 1970-01-01T00:00:00Z.
    package var unixMicroseconds: Int64
    /// The packet without an H4 indicator: what was kept of it.
    package var bytes: ArraySlice<UInt8>
    /// Packets lost between the start of the capture and this record.
    package var drops: UInt32
    /// The adapter, in captures of the Linux monitor; 0 elsewhere.
    package var adapter: UInt16

    /// What the record is, as far as a scanner cares.
    package enum Kind: Hashable, Sendable {
        case command
        case event
        /// Data packets, and the notes that the Linux monitor puts between them.
        case other(UInt16)
    }

    package init(
        kind: Kind, unixMicroseconds: Int64, bytes: ArraySlice<UInt8>, drops: UInt32 = 0,
        adapter: UInt16 = 0
    ) {
        self.kind = kind
        self.unixMicroseconds = unixMicroseconds
        self.bytes = bytes
        self.drops = drops
        self.adapter = adapter
    }
}
