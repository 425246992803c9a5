/// A join-accept as it travels: MHDR, then one or two encrypted blocks whose last four bytes are
/// the MIC. 17 bytes, or 33 with a CFList.
package struct SealedJoinAccept: Hashable, Sendable {
    package let header: MHDR
    package let sealed: [UInt8]

    package init(decoding bytes: [UInt8]) throws(FrameError) {
        guard let first = bytes.first else { throw .truncated }
        header = MHDR(rawValue: first)
        guard header.messageType == .joinAccept else { throw .otherType }
        guard bytes.count == 17 || bytes.count == 33 else { throw .badLength }
        sealed = Array(bytes.dropFirst())
    }

    init(header: MHDR, sealed: [UInt8]) {
        self.header = header
        self.sealed = sealed
    }

    package var bytes: [UInt8] { [header.rawValue] + sealed }

    /// Opens it as a device does. What comes out means nothing until `JoinAccept.verify` has
    /// compared the MIC; whether 1.0 or 1.1 applies is told by `optNeg`.
    package func open(key: AESKey) throws(FrameError) -> (accept: JoinAccept, mic: MIC) {
        var reader = ByteReader(Self.mapBlocks(sealed, key.encrypt))
        guard let joinNonce = reader.uint32(3), let netID = reader.uint32(3),
            let devAddr = reader.uint32(), let dlSettings = reader.byte(), let rxDelay = reader.byte(),
            let cfList = reader.take(reader.remaining - 4), let mic = reader.uint32()
        else { throw .truncated }
        let accept = JoinAccept(
            joinNonce: joinNonce, netID: NetID(rawValue: netID), devAddr: DevAddr(rawValue: devAddr),
            dlSettings: dlSettings, rxDelay: rxDelay, cfList: Array(cfList))
        return (accept, MIC(rawValue: mic))
    }

    /// Applies `transform` to each block of sixteen bytes.
    static func mapBlocks(_ bytes: [UInt8], _ transform: (inout [UInt8]) -> Void) -> [UInt8] {
        stride(from: 0, to: bytes.count, by: 16).flatMap { start in
            var block = Array(bytes[start..<min(start + 16, bytes.count)])
            transform(&block)
            return block
        }
    }
}

extension JoinAccept {
    /// Compares the MIC that came with it.
    package func verify(_ received: MIC, signature: Signature) -> Bool {
        received == mic(signature)
    }
}
