/// The answer to a join or rejoin, in the clear (LoRaWAN 1.1, section 6.2).
package struct JoinAccept: Hashable, Sendable {
    /// 24 bits; AppNonce in 1.0.
    package var joinNonce: UInt32
    package var netID: NetID
    package var devAddr: DevAddr
    /// OptNeg (bit 7, 1.1), RX1DROffset (bits 6 to 4), RX2 data rate (bits 3 to 0).
    package var dlSettings: UInt8
    /// Seconds until the first receive window; 0 means 1.
    package var rxDelay: UInt8
    /// Sixteen bytes, or empty.
    package var cfList: [UInt8]

    /// What is signed with it.
    package enum Signature: Sendable {
        /// LoRaWAN 1.0: AppKey; in 1.1 with OptNeg unset, NwkKey.
        case v10(AESKey)
        /// LoRaWAN 1.1 with OptNeg set. `requestType` is 0xFF after a join-request and the
        /// rejoin type after a rejoin-request, whose counter then stands for the DevNonce.
        case v11(jsIntKey: AESKey, requestType: UInt8, joinEUI: JoinEUI, devNonce: UInt16)
    }

    package var optNeg: Bool { dlSettings & 0x80 != 0 }

    package init(
        joinNonce: UInt32, netID: NetID, devAddr: DevAddr, dlSettings: UInt8, rxDelay: UInt8,
        cfList: [UInt8] = []
    ) {
        self.joinNonce = joinNonce & 0xFF_FFFF
        self.netID = netID
        self.devAddr = devAddr
        self.dlSettings = dlSettings
        self.rxDelay = rxDelay
        self.cfList = cfList
    }

    /// Signs, then *decrypts* with `key` (AppKey or NwkKey; JSEncKey after a rejoin), so that the
    /// device opens it by encrypting. A CFList of any length but 0 and 16 is refused.
    package func seal(key: AESKey, signature: Signature) throws(FrameError) -> SealedJoinAccept {
        guard cfList.isEmpty || cfList.count == 16 else { throw .badLength }
        var plain = fields
        plain.append(littleEndian: mic(signature).rawValue, count: 4)
        return SealedJoinAccept(
            header: MHDR(.joinAccept), sealed: SealedJoinAccept.mapBlocks(plain, key.decrypt))
    }

    func mic(_ signature: Signature) -> MIC {
        let message = [MHDR(.joinAccept).rawValue] + fields
        switch signature {
        case .v10(let key): return key.mic(message)
        case .v11(let key, let requestType, let joinEUI, let devNonce):
            var prefix = [requestType]
            prefix.append(littleEndian: joinEUI.rawValue, count: 8)
            prefix.append(littleEndian: devNonce, count: 2)
            return key.mic(prefix, message)
        }
    }

    private var fields: [UInt8] {
        var out: [UInt8] = []
        out.append(littleEndian: joinNonce, count: 3)
        out.append(littleEndian: netID.rawValue, count: 3)
        out.append(littleEndian: devAddr.rawValue, count: 4)
        return out + [dlSettings, rxDelay] + cfList
    }
}
