import GRDB
import Synchronization

/// How far packets were given to their codecs; what the readers and writers of decodings share.
final class DecodingProgress: Sendable {
    /// Some codec exists, so that packets may wait for one.
    let hasCodecs = Atomic<Bool>(false)
    /// Some packet has a decoding, so that pages have to look for them.
    let hasDecodings = Atomic<Bool>(false)
    /// Everything up to here was given to its codec or has none; nobody decodes while it is the maximum.
    let through = Atomic<Int64>(.max)

    /// Takes over what a database has.
    func load(_ database: Database) throws {
        let codecs = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM codec)")
        let decodings = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM packetDecoding)")
        hasCodecs.store(codecs ?? false, ordering: .releasing)
        hasDecodings.store(decodings ?? false, ordering: .releasing)
    }
}
