/// A LoRaWAN frame: MHDR, MACPayload and MIC (LoRaWAN 1.1, section 4).
package enum PHYPayload: Hashable, Sendable {
    case joinRequest(JoinRequest)
    /// Still encrypted.
    case joinAccept(SealedJoinAccept)
    case data(DataFrame)
    case rejoinRequest(RejoinRequest)
    /// MType 7: what follows the MHDR is nobody's business here.
    case proprietary(MHDR, payload: [UInt8])

    /// Takes what came out of the radio. Nothing is verified or decrypted.
    package init(decoding bytes: [UInt8]) throws(FrameError) {
        guard let first = bytes.first else { throw .truncated }
        guard bytes.count <= 255 else { throw .tooLong }
        let header = MHDR(rawValue: first)
        guard header.major == 0 else { throw .unsupportedMajor }
        switch header.messageType {
        case .joinRequest: self = .joinRequest(try JoinRequest(decoding: bytes))
        case .joinAccept: self = .joinAccept(try SealedJoinAccept(decoding: bytes))
        case .rejoinRequest: self = .rejoinRequest(try RejoinRequest(decoding: bytes))
        case .proprietary: self = .proprietary(header, payload: Array(bytes.dropFirst()))
        case .unconfirmedDataUp, .unconfirmedDataDown, .confirmedDataUp, .confirmedDataDown:
            self = .data(try DataFrame(decoding: bytes))
        }
    }

    package var bytes: [UInt8] {
        switch self {
        case .joinRequest(let frame): frame.bytes
        case .joinAccept(let frame): frame.bytes
        case .data(let frame): frame.bytes
        case .rejoinRequest(let frame): frame.bytes
        case .proprietary(let header, let payload): [header.rawValue] + payload
        }
    }
}

/// Why bytes are not a LoRaWAN frame.
package enum FrameError: String, Error, Hashable, CaseIterable, Sendable {
    case truncated
    /// More than the 255 bytes of a LoRa frame.
    case tooLong = "too_long"
    /// Major is not 0, LoRaWAN R1.
    case unsupportedMajor = "unsupported_major"
    /// MAC commands both in FOpts and on FPort 0.
    case commandsTwice = "commands_twice"
    /// A join-accept that is neither 17 nor 33 bytes long, or trailing bytes after a join message.
    case badLength = "bad_length"
    case unknownRejoinType = "unknown_rejoin_type"
    /// The frame was asked to be read as something that its MType says it is not.
    case otherType = "other_type"
}
