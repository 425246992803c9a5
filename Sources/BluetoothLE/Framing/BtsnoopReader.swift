/// Reads a btsnoop capture record by record: datalinks 1002 (H4) and 2001 (Linux monitor).
package struct BtsnoopReader: Sendable {
    package let datalink: BtsnoopDatalink
    private var remaining: ArraySlice<UInt8>

    /// Reads the header of the file.
    package init(_ file: ArraySlice<UInt8>) throws(MalformedBtsnoop) {
        guard file.starts(with: Btsnoop.identification) else { throw .notBtsnoop }
        guard file.count >= Btsnoop.headerByteCount else { throw .truncated }
        guard bigEndian(file, at: 8, byteCount: 4) == UInt64(Btsnoop.version) else {
            throw .unsupportedVersion
        }
        let number = UInt32(truncatingIfNeeded: bigEndian(file, at: 12, byteCount: 4))
        guard let datalink = BtsnoopDatalink(rawValue: number) else { throw .unsupportedDatalink }
        self.datalink = datalink
        remaining = file.dropFirst(Btsnoop.headerByteCount)
    }

    /// The next record; nil at the end of the file.
    package mutating func next() throws(MalformedBtsnoop) -> BtsnoopRecord? {
        guard !remaining.isEmpty else { return nil }
        guard remaining.count >= Btsnoop.recordHeaderByteCount else { throw .truncated }
        let byteCount = Int(bigEndian(remaining, at: 4, byteCount: 4))  // included length
        let flags = UInt32(truncatingIfNeeded: bigEndian(remaining, at: 8, byteCount: 4))
        let drops = UInt32(truncatingIfNeeded: bigEndian(remaining, at: 12, byteCount: 4))
        let timestamp = Int64(bitPattern: bigEndian(remaining, at: 16, byteCount: 8))
        guard byteCount <= Btsnoop.maximumRecordByteCount else { throw .recordTooLong }
        let body = remaining.dropFirst(Btsnoop.recordHeaderByteCount)
        guard body.count >= byteCount else { throw .truncated }
        let (kind, bytes) = try classify(body.prefix(byteCount), flags: flags)
        remaining = body.dropFirst(byteCount)
        return BtsnoopRecord(
            kind: kind, unixMicroseconds: timestamp &- Btsnoop.unixEpoch, bytes: bytes, drops: drops,
            adapter: datalink == .monitor ? UInt16(truncatingIfNeeded: flags >> 16) : 0)
    }

    private func classify(
        _ packet: ArraySlice<UInt8>, flags: UInt32
    ) throws(MalformedBtsnoop) -> (BtsnoopRecord.Kind, ArraySlice<UInt8>) {
        switch datalink {
        case .h4:
            guard let indicator = packet.first.flatMap(H4Indicator.init) else {
                throw .missingIndicator
            }
            return switch indicator {
            case .command: (.command, packet.dropFirst())
            case .event: (.event, packet.dropFirst())
            default: (.other(UInt16(indicator.rawValue)), packet.dropFirst())
            }
        case .monitor:
            return switch UInt16(truncatingIfNeeded: flags) {
            case Btsnoop.monitorCommand: (.command, packet)
            case Btsnoop.monitorEvent: (.event, packet)
            case let opcode: (.other(opcode), packet)
            }
        }
    }
}

/// An unsigned number of `byteCount` bytes, `offset` bytes into a slice that has them.
private func bigEndian(_ bytes: ArraySlice<UInt8>, at offset: Int, byteCount: Int) -> UInt64 {
    let start = bytes.startIndex + offset
    return bytes[start..<(start + byteCount)].reduce(0) { $0 << 8 | UInt64($1) }
}
