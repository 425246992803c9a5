/// Reads the fields of one wire message in order, without copying it.
///
/// Every read checks its length and throws `MalformedHCI.truncated` rather than run past the end.
struct LittleEndianReader {
    private(set) var remaining: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { remaining = bytes }

    mutating func readUInt8() throws(MalformedHCI) -> UInt8 {
        guard let byte = remaining.popFirst() else { throw .truncated }
        return byte
    }

    mutating func readUInt16() throws(MalformedHCI) -> UInt16 {
        UInt16(truncatingIfNeeded: try readInteger(byteCount: 2))
    }

    mutating func readUInt64() throws(MalformedHCI) -> UInt64 {
        try readInteger(byteCount: 8)
    }

    private mutating func readInteger(byteCount: Int) throws(MalformedHCI) -> UInt64 {
        guard remaining.count >= byteCount else { throw .truncated }
        var value: UInt64 = 0
        let start = remaining.startIndex
        for offset in 0..<byteCount {
            value |= UInt64(remaining[start + offset]) << UInt64(8 * offset)
        }
        remaining = remaining[(start + byteCount)...]
        return value
    }
}
