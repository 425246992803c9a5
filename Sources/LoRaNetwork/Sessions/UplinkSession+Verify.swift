import LoRaWAN

extension UplinkSession {
    /// Whether the MIC is right for this counter.
    ///
    /// The 1.1 MIC covers the indices of data rate and channel, which a gateway does not report.
    /// The half under FNwkSIntKey does not depend on them and is checked first. Then the other half
    /// must fit one of the pairs that `radio` allows: in a region with a fixed plan exactly one,
    /// elsewhere the sixteen channels that a device can have (96 in CN470), so that four (seven) of
    /// the 32 bits are given away. When no table knows the radio, or there is none, the first half
    /// alone decides: sixteen bits.
    func verify(_ frame: DataFrame, counter: FrameCounter, radio: UplinkRadio?) -> Bool {
        switch keys.version {
        case .v10: return frame.verifyUplink(nwkSKey: keys.fNwkSIntKey, counter: counter)
        case .v11:
            guard frame.verifyUplinkHalf(fNwkSIntKey: keys.fNwkSIntKey, counter: counter) else {
                return false
            }
            let indices = radio?.indices(in: region) ?? []
            return indices.isEmpty
                || indices.contains { index in
                    frame.verifyUplink(
                        fNwkSIntKey: keys.fNwkSIntKey, sNwkSIntKey: keys.sNwkSIntKey, counter: counter,
                        context: UplinkMICContext(
                            dataRate: index.dataRate, channel: index.channel,
                            confirmedCounter: confirmedDownlinkCounter))
                }
        }
    }
}
