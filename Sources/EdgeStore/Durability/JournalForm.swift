/// The bytes of the journal. Numbers are little-endian.
///
/// A head, twice, names the generation. Each record has its length and a CRC-32C over the generation and
/// its bytes before it: what is of another generation, or was not written whole, is no record.
enum JournalForm {
    private static let mark = Array("holdfast-heard-2".utf8)
    private static let headCopySize = 64
    static let headSize = 2 * headCopySize
    private static let recordHeadSize = 8
    /// No record is longer: three texts of at most 255 bytes, and numbers.
    private static let recordLimit = 1_024

    static func head(_ generation: Int64) -> [UInt8] {
        var bytes = mark
        withUnsafeBytes(of: generation.littleEndian) { bytes += $0 }
        bytes += checksum(bytes[...], generation)
        let copy = bytes + [UInt8](repeating: 0, count: headCopySize - bytes.count)
        return copy + copy
    }

    static func framed(_ record: [UInt8], generation: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(record.count + recordHeadSize)
        withUnsafeBytes(of: UInt32(record.count).littleEndian) { bytes += $0 }
        return bytes + checksum(record[...], generation) + record
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>, _ generation: Int64) -> [UInt8] {
        var sum = RowChecksum()
        sum.add(generation)
        sum.add(Int64(bytes.count))
        bytes.withUnsafeBytes { sum.add($0) }
        return withUnsafeBytes(of: UInt32(truncatingIfNeeded: sum.value).littleEndian) { Array($0) }
    }

    struct Contents {
        var generation: Int64
        var remains = HeardJournal.Remains()
        /// Behind the last record.
        var end = headSize
    }

    /// What is in `bytes`, as long as its generation is above `committed`. Where both heads are damaged, it
    /// is taken for the one after `committed`, which it is unless the database is another.
    static func contents(_ bytes: [UInt8], committed: Int64) -> Contents {
        guard let last = bytes.lastIndex(where: { $0 != 0 }) else { return Contents(generation: committed) }
        let heads = [0, headCopySize].compactMap { head(bytes, at: $0) }
        var contents = Contents(generation: heads.first ?? committed + 1)
        guard contents.generation > committed else { return contents }
        if heads.count < 2 { contents.remains.damages += 1 }
        var offset = headSize
        while offset <= last, offset + recordHeadSize < bytes.count {
            guard let (entry, next) = record(bytes, at: offset, contents.generation) else {
                // Behind a record that is damaged there may be whole ones.
                offset += 1
                continue
            }
            if offset > contents.end { contents.remains.damages += 1 }
            contents.remains.entries.append(entry)
            (offset, contents.end) = (next, next)
        }
        return contents
    }

    /// The generation that the head at `offset` names.
    private static func head(_ bytes: [UInt8], at offset: Int) -> Int64? {
        let end = offset + mark.count + 8
        guard end + 4 <= bytes.count, bytes[offset..<offset + mark.count] == mark[...] else { return nil }
        let generation: Int64 = number(bytes, at: offset + mark.count)
        guard checksum(bytes[offset..<end], generation) == Array(bytes[end..<end + 4]) else { return nil }
        return generation
    }

    private static func record(
        _ bytes: [UInt8], at offset: Int, _ generation: Int64
    ) -> (HeardJournal.Entry, next: Int)? {
        let start = offset + recordHeadSize
        let count = Int(number(bytes, at: offset) as UInt32)
        guard (1...recordLimit).contains(count), count <= bytes.count - start else { return nil }
        let record = bytes[start..<start + count]
        guard checksum(record, generation) == Array(bytes[offset + 4..<start]),
            let entry = JournalRecordReader.read(record)
        else { return nil }
        return (entry, start + count)
    }

    private static func number<Value: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: [UInt8], at offset: Int
    ) -> Value {
        Value(
            littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) })
    }
}
