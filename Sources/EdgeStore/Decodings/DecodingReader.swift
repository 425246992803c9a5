import EdgeModel
import GRDB

/// Reads what codecs made of packets, within one snapshot.
struct DecodingReader {
    let database: Database

    /// By packet, of the packets in `range`.
    func decodings(of range: ClosedRange<Int64>) throws -> [Int64: Decoding] {
        let statement = try FastStatement(
            database,
            "SELECT packet, data, warnings, errors FROM packetDecoding WHERE packet BETWEEN ?1 AND ?2")
        statement.bind(range.lowerBound, at: 1)
        statement.bind(range.upperBound, at: 2)
        var found: [Int64: Decoding] = [:]
        while try statement.next() {
            found[statement.int(0)] = Decoding(
                data: statement.textIfAny(1), warnings: try messages(statement.textIfAny(2)),
                errors: try messages(statement.textIfAny(3)))
        }
        return found
    }

    private func messages(_ text: String?) throws -> [String] {
        try text.map { try JSONColumn.value($0) } ?? []
    }
}
