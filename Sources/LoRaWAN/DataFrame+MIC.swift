/// What a 1.1 uplink MIC covers besides the frame (LoRaWAN 1.1, section 4.4).
package struct UplinkMICContext: Hashable, Sendable {
    /// TxDr: the index of the data rate in the region's table.
    package var dataRate: UInt8
    /// TxCh: the index of the channel among those of the device.
    package var channel: UInt8
    /// ConfFCnt: the counter of the confirmed downlink that this frame acknowledges; used only
    /// when ACK is set.
    package var confirmedCounter: UInt16

    package init(dataRate: UInt8, channel: UInt8, confirmedCounter: UInt16 = 0) {
        self.dataRate = dataRate
        self.channel = channel
        self.confirmedCounter = confirmedCounter
    }
}

extension DataFrame {
    /// Verifies an uplink of LoRaWAN 1.0: CMAC(NwkSKey, B0 | msg).
    package func verifyUplink(nwkSKey: AESKey, counter: FrameCounter) -> Bool {
        mic == forwardingMIC(key: nwkSKey, counter: counter)
    }

    /// Verifies an uplink of LoRaWAN 1.1: two bytes under SNwkSIntKey, then two under FNwkSIntKey.
    package func verifyUplink(
        fNwkSIntKey: AESKey, sNwkSIntKey: AESKey, counter: FrameCounter, context: UplinkMICContext
    ) -> Bool {
        mic
            == uplinkMIC(
                fNwkSIntKey: fNwkSIntKey, sNwkSIntKey: sNwkSIntKey, counter: counter, context: context)
    }

    /// Verifies no more than the last two bytes of a 1.1 uplink MIC, those under FNwkSIntKey,
    /// which do not depend on data rate and channel. One forgery in 65,536 passes.
    package func verifyUplinkHalf(fNwkSIntKey: AESKey, counter: FrameCounter) -> Bool {
        let code = forwardingMIC(key: fNwkSIntKey, counter: counter)
        return mic.rawValue >> 16 ^ code.rawValue & 0xFFFF == 0
    }

    /// Verifies a downlink. `confirmedCounter` is the counter of the confirmed uplink that it
    /// acknowledges: 1.1 only, and only when ACK is set.
    package func verifyDownlink(
        keys: SessionKeys, counter: FrameCounter, confirmedCounter: UInt16 = 0
    ) -> Bool {
        mic == downlinkMIC(keys: keys, counter: counter, confirmedCounter: confirmedCounter)
    }

    /// CMAC over B0: the whole MIC of 1.0, and the half that a forwarding server checks in 1.1.
    func forwardingMIC(key: AESKey, counter: FrameCounter) -> MIC {
        let message = message
        return key.mic(block(counter: counter, length: message.count), message)
    }

    func uplinkMIC(
        fNwkSIntKey: AESKey, sNwkSIntKey: AESKey, counter: FrameCounter, context: UplinkMICContext
    ) -> MIC {
        let message = message
        var block1 = block(
            counter: counter, confirmedCounter: control.ack ? context.confirmedCounter : 0,
            length: message.count)
        block1[3] = context.dataRate
        block1[4] = context.channel
        let serving = sNwkSIntKey.mic(block1, message)
        let forwarding = fNwkSIntKey.mic(block(counter: counter, length: message.count), message)
        return MIC(rawValue: serving.rawValue & 0xFFFF | forwarding.rawValue << 16)
    }

    func downlinkMIC(keys: SessionKeys, counter: FrameCounter, confirmedCounter: UInt16) -> MIC {
        let message = message
        let acknowledged = keys.version == .v11 && control.ack ? confirmedCounter : 0
        return keys.sNwkSIntKey.mic(
            block(counter: counter, confirmedCounter: acknowledged, length: message.count), message)
    }

    /// B0 and B1: 49 | ConfFCnt (2) | TxDr | TxCh | Dir | DevAddr | FCnt (4) | 00 | length.
    private func block(counter: FrameCounter, confirmedCounter: UInt16 = 0, length: Int) -> [UInt8] {
        var block: [UInt8] = [0x49]
        block.reserveCapacity(16)
        block.append(littleEndian: confirmedCounter, count: 2)
        block += [0, 0, direction.rawValue]
        block.append(littleEndian: devAddr.rawValue, count: 4)
        block.append(littleEndian: counter.rawValue, count: 4)
        block += [0, UInt8(truncatingIfNeeded: length)]
        return block
    }
}
