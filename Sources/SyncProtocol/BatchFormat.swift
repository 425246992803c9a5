package import EdgeModel

/// The bytes of a `SyncBatch`, version 1.
///
/// Everything is relative to what came before it, and what repeats stands in a table: numbers are base
/// 128, the low group first; signed ones zigzag. A packet of 13 bytes with one reception is about 42
/// bytes, 16 of them its identifier. The SHA-256 of all that precedes closes the batch.
package enum BatchFormat {
    static let magic = Array("HFB1".utf8)
    static let hashLength = 32
    /// Bytes of a batch before compression.
    package static let lengthLimit = 4 * 1_048_576
    package static let contentType = "application/vnd.holdfast.batch"

    static let textLimit = 128
    static let receptionLimit = 4_096
    static let payloadLimit = 1_024
    /// Wall times from 1970 up to the year 2200, in microseconds.
    static let times: ClosedRange<Int64> = 0...7_258_118_400_000_000

    package static func encode(_ batch: SyncBatch) -> [UInt8] {
        var writer = BatchWriter()
        return writer.write(batch)
    }

    /// Throws `MalformedBatch` for anything that `encode` does not make.
    package static func decode(_ bytes: [UInt8]) throws(MalformedBatch) -> SyncBatch {
        var reader = BatchReader(bytes)
        return try reader.read()
    }
}

/// Bytes that are not a batch, or not a whole one.
package struct MalformedBatch: Error, Hashable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}

/// One bit each of what a row or a reception has.
struct RowFlags: OptionSet {
    let rawValue: UInt8
    static let isLoRaWAN = RowFlags(rawValue: 1)
    static let isUnencrypted = RowFlags(rawValue: 2)
    static let hasCounter = RowFlags(rawValue: 4)
    static let hasNumber = RowFlags(rawValue: 8)
    static let hasPort = RowFlags(rawValue: 16)
    static let isSaved = RowFlags(rawValue: 32)
    static let isSynchronised = RowFlags(rawValue: 64)
    /// One reception, heard once, at the time of the row.
    static let isHeardOnce = RowFlags(rawValue: 128)
}

struct ReceptionFlags: OptionSet {
    let rawValue: UInt8
    static let hasRSSI = ReceptionFlags(rawValue: 1)
    /// In hundredths of a decibel.
    static let hasRoundSNR = ReceptionFlags(rawValue: 2)
    static let hasSNR = ReceptionFlags(rawValue: 4)
    static let hasFrequency = ReceptionFlags(rawValue: 8)
    static let hasDataRate = ReceptionFlags(rawValue: 16)
    static let hasLocation = ReceptionFlags(rawValue: 32)
}
