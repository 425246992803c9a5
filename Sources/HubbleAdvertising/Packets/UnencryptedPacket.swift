/// Protocol version 1: a payload in clear. Anyone can send one in the name of any network id.
///
///     byte  0...4                            5...22
///           version (6 bits) network id (34) payload
///
/// The first five bytes are one number, most significant byte first.
package struct UnencryptedPacket: Hashable, Sendable {
    package static let version: UInt8 = 1
    package static let payloadLimit = 18
    static let headerCount = 5

    package let networkID: NetworkID
    /// 0...18 bytes.
    package let payload: [UInt8]

    package init(networkID: NetworkID, payload: [UInt8]) throws(SealError) {
        guard payload.count <= Self.payloadLimit else {
            throw .payloadTooLong(count: payload.count, limit: Self.payloadLimit)
        }
        self.networkID = networkID
        self.payload = payload
    }

    init(_ bytes: [UInt8]) throws(HubbleServiceDataError) {
        try HubbleServiceDataError.check(
            bytes.count, in: Self.headerCount...Self.headerCount + Self.payloadLimit,
            version: Self.version)
        networkID = NetworkID(truncating: UInt64(bigEndianBytes: bytes[0..<5]))
        payload = Array(bytes[Self.headerCount...])
    }

    /// The service data, without its UUID.
    package var bytes: [UInt8] {
        (UInt64(Self.version) << 34 | networkID.rawValue).bigEndianBytes.suffix(Self.headerCount) + payload
    }
}
