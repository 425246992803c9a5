/// Makes a btsnoop capture: write `header` once, then what `encode` returns for each record.
package struct BtsnoopWriter: Sendable {
    package let datalink: BtsnoopDatalink

    package init(datalink: BtsnoopDatalink) { self.datalink = datalink }

    package var header: [UInt8] {
        var bytes = Btsnoop.identification
        bytes.appendBigEndian(UInt64(Btsnoop.version), byteCount: 4)
        bytes.appendBigEndian(UInt64(datalink.rawValue), byteCount: 4)
        return bytes
    }

    /// One record. An `other` record of an H4 capture keeps the indicator it was read with.
    package func encode(_ record: BtsnoopRecord) -> [UInt8] {
        let indicator = datalink == .h4 ? [self.indicator(of: record.kind)] : []
        let byteCount = UInt64(indicator.count + record.bytes.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Btsnoop.recordHeaderByteCount + Int(byteCount))
        bytes.appendBigEndian(byteCount, byteCount: 4)  // original length
        bytes.appendBigEndian(byteCount, byteCount: 4)  // included length
        bytes.appendBigEndian(UInt64(flags(of: record)), byteCount: 4)
        bytes.appendBigEndian(UInt64(record.drops), byteCount: 4)
        bytes.appendBigEndian(
            UInt64(bitPattern: record.unixMicroseconds &+ Btsnoop.unixEpoch), byteCount: 8)
        return bytes + indicator + record.bytes
    }

    private func indicator(of kind: BtsnoopRecord.Kind) -> UInt8 {
        switch kind {
        case .command: H4Indicator.command.rawValue
        case .event: H4Indicator.event.rawValue
        case .other(let number): UInt8(truncatingIfNeeded: number)
        }
    }

    private func flags(of record: BtsnoopRecord) -> UInt32 {
        switch (datalink, record.kind) {
        case (.h4, .command): 0b10
        case (.h4, .event): 0b11
        case (.h4, .other): 0b01
        case (.monitor, .command): UInt32(record.adapter) << 16 | UInt32(Btsnoop.monitorCommand)
        case (.monitor, .event): UInt32(record.adapter) << 16 | UInt32(Btsnoop.monitorEvent)
        case (.monitor, .other(let opcode)): UInt32(record.adapter) << 16 | UInt32(opcode)
        }
    }
}

extension [UInt8] {
    /// Appends the low `byteCount` bytes of `value`, the most significant first.
    fileprivate mutating func appendBigEndian(_ value: UInt64, byteCount: Int) {
        for offset in (0..<byteCount).reversed() {
            append(UInt8(truncatingIfNeeded: value >> UInt64(8 * offset)))
        }
    }
}
