/// A 1.1 device reports to its network, or asks for a new session (LoRaWAN 1.1, section 6.2).
package struct RejoinRequest: Hashable, Sendable {
    package let header: MHDR
    package let kind: Kind
    package let devEUI: DevEUI
    /// RJcount0 or RJcount1.
    package let counter: UInt16
    package let mic: MIC

    package enum Kind: Hashable, Sendable {
        /// Type 0: a new session with everything negotiated again. Signed with SNwkSIntKey.
        case reset(NetID)
        /// Type 1: the device has lost its session. Signed with JSIntKey.
        case restore(JoinEUI)
        /// Type 2: new keys, radio settings stay. Signed with SNwkSIntKey.
        case rekey(NetID)

        /// The type on the air.
        package var rawValue: UInt8 {
            switch self {
            case .reset: 0
            case .restore: 1
            case .rekey: 2
            }
        }
    }

    package init(decoding bytes: [UInt8]) throws(FrameError) {
        var reader = ByteReader(bytes)
        guard let first = reader.byte(), let type = reader.byte() else { throw .truncated }
        header = MHDR(rawValue: first)
        guard header.messageType == .rejoinRequest else { throw .otherType }
        switch type {
        case 0, 2:
            guard let netID = reader.uint32(3).map(NetID.init(rawValue:)) else { throw .truncated }
            kind = type == 0 ? .reset(netID) : .rekey(netID)
        case 1:
            guard let joinEUI = reader.littleEndian(8) else { throw .truncated }
            kind = .restore(JoinEUI(rawValue: joinEUI))
        default: throw .unknownRejoinType
        }
        guard let devEUI = reader.littleEndian(8), let counter = reader.uint16(),
            let mic = reader.uint32()
        else { throw .truncated }
        guard reader.remaining == 0 else { throw .badLength }
        self.devEUI = DevEUI(rawValue: devEUI)
        self.counter = counter
        self.mic = MIC(rawValue: mic)
    }

    /// Signs as a device does; `Kind` says with which key.
    package init(_ kind: Kind, devEUI: DevEUI, counter: UInt16, key: AESKey) {
        header = MHDR(.rejoinRequest)
        self.kind = kind
        self.devEUI = devEUI
        self.counter = counter
        mic = key.mic(Self.message(header, kind, devEUI, counter))
    }

    /// CMAC(key, everything before the MIC); `Kind` says which key.
    package func verify(key: AESKey) -> Bool { mic == key.mic(message) }

    package var bytes: [UInt8] {
        var out = message
        out.append(littleEndian: mic.rawValue, count: 4)
        return out
    }

    private var message: [UInt8] { Self.message(header, kind, devEUI, counter) }

    private static func message(_ header: MHDR, _ kind: Kind, _ devEUI: DevEUI, _ counter: UInt16) -> [UInt8]
    {
        var out = [header.rawValue, kind.rawValue]
        switch kind {
        case .reset(let netID), .rekey(let netID): out.append(littleEndian: netID.rawValue, count: 3)
        case .restore(let joinEUI): out.append(littleEndian: joinEUI.rawValue, count: 8)
        }
        out.append(littleEndian: devEUI.rawValue, count: 8)
        out.append(littleEndian: counter, count: 2)
        return out
    }
}
