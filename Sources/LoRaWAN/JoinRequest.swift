/// A device asks to join: JoinEUI, DevEUI, DevNonce (LoRaWAN 1.1, section 6.2). 23 bytes.
package struct JoinRequest: Hashable, Sendable {
    package let header: MHDR
    package let joinEUI: JoinEUI
    package let devEUI: DevEUI
    /// Random up to 1.0.3, a counter from 1.0.4 on.
    package let devNonce: UInt16
    package let mic: MIC

    package static let length = 23

    package init(decoding bytes: [UInt8]) throws(FrameError) {
        guard bytes.count >= Self.length else { throw .truncated }
        guard bytes.count == Self.length else { throw .badLength }
        var reader = ByteReader(bytes)
        guard let first = reader.byte(), let joinEUI = reader.littleEndian(8),
            let devEUI = reader.littleEndian(8), let devNonce = reader.uint16(), let mic = reader.uint32()
        else { throw .truncated }
        header = MHDR(rawValue: first)
        guard header.messageType == .joinRequest else { throw .otherType }
        self.joinEUI = JoinEUI(rawValue: joinEUI)
        self.devEUI = DevEUI(rawValue: devEUI)
        self.devNonce = devNonce
        self.mic = MIC(rawValue: mic)
    }

    /// Signs as a device does: with AppKey in 1.0, with NwkKey in 1.1.
    package init(joinEUI: JoinEUI, devEUI: DevEUI, devNonce: UInt16, rootKey: AESKey) {
        header = MHDR(.joinRequest)
        self.joinEUI = joinEUI
        self.devEUI = devEUI
        self.devNonce = devNonce
        mic = rootKey.mic(Self.message(header, joinEUI, devEUI, devNonce))
    }

    /// CMAC(AppKey or NwkKey, MHDR | JoinEUI | DevEUI | DevNonce).
    package func verify(rootKey: AESKey) -> Bool {
        mic == rootKey.mic(Self.message(header, joinEUI, devEUI, devNonce))
    }

    package var bytes: [UInt8] {
        var out = Self.message(header, joinEUI, devEUI, devNonce)
        out.append(littleEndian: mic.rawValue, count: 4)
        return out
    }

    private static func message(
        _ header: MHDR, _ joinEUI: JoinEUI, _ devEUI: DevEUI, _ devNonce: UInt16
    ) -> [UInt8] {
        var out = [header.rawValue]
        out.append(littleEndian: joinEUI.rawValue, count: 8)
        out.append(littleEndian: devEUI.rawValue, count: 8)
        out.append(littleEndian: devNonce, count: 2)
        return out
    }
}
