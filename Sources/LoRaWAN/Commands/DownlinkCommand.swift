/// A MAC command from the network to a device (LoRaWAN 1.0.4 and 1.1, section 5).
package enum DownlinkCommand: Hashable, Sendable {
    /// 1.1, ABP: the minor version in use, answering ResetInd.
    case resetConf(minor: UInt8)
    /// Decibels above the demodulation floor, and how many gateways heard the request.
    case linkCheckAns(margin: UInt8, gatewayCount: UInt8)
    case linkADRReq(LinkADR)
    /// The device may be on the air 1/2^n of the time.
    case dutyCycleReq(exponent: UInt8)
    case rxParamSetupReq(RXParameters)
    case devStatusReq
    case newChannelReq(NewChannel)
    /// Seconds until RX1: 1 to 15.
    case rxTimingSetupReq(delay: UInt8)
    case txParamSetupReq(TxParameters)
    /// Hertz of RX1 after an uplink on this channel.
    case dlChannelReq(index: UInt8, frequency: UInt32)
    /// 1.1, OTAA: answers RekeyInd.
    case rekeyConf(minor: UInt8)
    /// ADR_ACK_LIMIT and ADR_ACK_DELAY are two to the power of these.
    case adrParamSetupReq(limitExponent: UInt8, delayExponent: UInt8)
    /// Seconds since the GPS epoch at the end of the uplink, and 1/256 of a second.
    case deviceTimeAns(seconds: UInt32, fraction: UInt8)
    case forceRejoinReq(ForceRejoin)
    /// A rejoin-request of type 0 at least every 2^(n+10) seconds and 2^(m+4) uplinks.
    case rejoinParamSetupReq(timeExponent: UInt8, countExponent: UInt8)
    /// 0 is class A, 2 is class C.
    case deviceModeConf(deviceClass: UInt8)
    /// Class B, and what no version knows.
    case other(MACCommand)

    /// One block of LinkADRReq: it may come several times, to set more than sixteen channels.
    package struct LinkADR: Hashable, Sendable {
        /// 15 keeps what is in force (1.0.4 and 1.1).
        package var dataRate: UInt8
        /// The index of the power; 15 keeps what is in force.
        package var power: UInt8
        package var mask: UInt16
        /// ChMaskCntl: what the mask applies to.
        package var maskControl: UInt8
        /// Transmissions of each unconfirmed uplink; 0 keeps what is in force.
        package var repetitions: UInt8

        package init(dataRate: UInt8, power: UInt8, mask: UInt16, maskControl: UInt8, repetitions: UInt8) {
            self.dataRate = dataRate
            self.power = power
            self.mask = mask
            self.maskControl = maskControl
            self.repetitions = repetitions
        }
    }

    package struct RXParameters: Hashable, Sendable {
        package var rx1Offset: UInt8
        package var rx2DataRate: UInt8
        /// RX2 in hertz.
        package var rx2Frequency: UInt32

        package init(rx1Offset: UInt8, rx2DataRate: UInt8, rx2Frequency: UInt32) {
            self.rx1Offset = rx1Offset
            self.rx2DataRate = rx2DataRate
            self.rx2Frequency = rx2Frequency
        }
    }

    package struct NewChannel: Hashable, Sendable {
        package var index: UInt8
        /// Hertz; 0 removes the channel.
        package var frequency: UInt32
        package var minimumDataRate: UInt8
        package var maximumDataRate: UInt8

        package init(index: UInt8, frequency: UInt32, minimumDataRate: UInt8, maximumDataRate: UInt8) {
            self.index = index
            self.frequency = frequency
            self.minimumDataRate = minimumDataRate
            self.maximumDataRate = maximumDataRate
        }
    }

    package struct TxParameters: Hashable, Sendable {
        /// At most 400 ms on the air for a downlink.
        package var limitsDownlinkDwell: Bool
        /// At most 400 ms on the air for an uplink.
        package var limitsUplinkDwell: Bool
        /// The index of the maximum EIRP: 0 is 8 dBm, 15 is 36 dBm.
        package var maximumEIRP: UInt8

        package init(limitsDownlinkDwell: Bool, limitsUplinkDwell: Bool, maximumEIRP: UInt8) {
            self.limitsDownlinkDwell = limitsDownlinkDwell
            self.limitsUplinkDwell = limitsUplinkDwell
            self.maximumEIRP = maximumEIRP
        }
    }

    package struct ForceRejoin: Hashable, Sendable {
        /// Repetitions come 32 s x 2^period apart, and a little more.
        package var period: UInt8
        package var maximumRetries: UInt8
        /// 0 or 1 asks for type 0, 2 for type 2.
        package var type: UInt8
        package var dataRate: UInt8

        package init(period: UInt8, maximumRetries: UInt8, type: UInt8, dataRate: UInt8) {
            self.period = period
            self.maximumRetries = maximumRetries
            self.type = type
            self.dataRate = dataRate
        }
    }
}
