/// An immutable look-up from ephemeral identifiers to devices, for one day or one kind of pool.
///
/// EIDs are cipher output and therefore spread evenly, so their leading bits index an array of
/// buckets of about four entries. A look-up reads one bucket, however many devices there are. An
/// entry takes 9 bytes (version 0) or 17 (version 2), its share of the buckets included.
struct EphemeralIDSegment<ID: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable>: Sendable {
    struct Entry: BitwiseCopyable, Sendable {
        let id: ID
        /// Device (21 bits), exponent (4 bits) and place in the pool (7 bits): there may be millions of these.
        private let packed: UInt32

        init(id: ID, unit: EphemeralIDUnit, index: UInt8) {
            self.id = id
            packed =
                UInt32(truncatingIfNeeded: unit.device) << 11 | UInt32(unit.exponent & 0xF) << 7
                | UInt32(index & 0x7F)
        }

        var unit: EphemeralIDUnit {
            EphemeralIDUnit(device: device, exponent: UInt8(truncatingIfNeeded: packed >> 7 & 0xF))
        }

        var device: Int32 { Int32(truncatingIfNeeded: packed >> 11) }

        /// The place in the pool; 0 in a day's segment.
        var index: UInt8 { UInt8(truncatingIfNeeded: packed & 0x7F) }
    }

    /// Where each bucket begins, and behind the last one its end.
    private let starts: [UInt32]
    private let shift: Int
    /// Bucket after bucket, each in the order that its entries were given in.
    let entries: [Entry]

    var count: Int { entries.count }

    /// The entries that `walk` calls its argument with, always the same ones. It runs several times, so that
    /// no list of them is needed beside the segment: one may take a quarter of the memory there is.
    init(_ walk: ((Entry) -> Void) -> Void) {
        var count = 0
        walk { _ in count += 1 }
        let buckets = count / 4 + 1
        let bits = buckets.bitWidth - buckets.leadingZeroBitCount - 1
        let shift = ID.bitWidth - bits
        var starts = [UInt32](repeating: 0, count: 1 << bits + 1)
        walk { starts[Int($0.id >> shift) + 1] += 1 }
        for bucket in starts.indices.dropFirst() { starts[bucket] += starts[bucket - 1] }
        var next = starts
        entries = Array(unsafeUninitializedCapacity: count) { entries, initialized in
            walk { entry in
                let bucket = Int(entry.id >> shift)
                entries[Int(next[bucket])] = entry
                next[bucket] += 1
            }
            initialized = count
        }
        self.starts = starts
        self.shift = shift
    }

    /// Calls `body` with each entry of `id`, until it returns true. Returns whether it did.
    func search(_ id: ID, _ body: (Entry) -> Bool) -> Bool {
        let bucket = Int(id >> shift)
        for place in Int(starts[bucket])..<Int(starts[bucket + 1]) where entries[place].id == id {
            if body(entries[place]) { return true }
        }
        return false
    }
}

/// What enters and leaves a segment as a whole: one EID of a day, or a pool of 128.
struct EphemeralIDUnit: Hashable, BitwiseCopyable, Sendable {
    /// Devices are numbered below this.
    static let deviceLimit: Int32 = 1 << 21

    var device: Int32
    /// Version 2's period exponent; 0 in version 0.
    var exponent: UInt8 = 0
}
