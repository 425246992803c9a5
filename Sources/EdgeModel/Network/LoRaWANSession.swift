/// One session of a LoRaWAN device as it is kept: sealed for the network server, and what of it may be
/// shown.
package struct LoRaWANSession: Hashable, Sendable {
    /// Counts the sessions of a device; 0 is the one that was provisioned rather than joined.
    package var number: UInt32
    /// The network server's own encoding, with the keys.
    package var state: SecretBytes
    package var summary: Summary
    /// Tells states apart that another gateway must know; nil where nobody has said.
    package var shape: UInt64?
    /// No downlink counter that was used is as high.
    package var reservedCounters: UInt32?
    /// What was agreed on with other gateways; nil where none has the session.
    package var sharing: Sharing?

    package struct Sharing: Hashable, Sendable {
        /// Another gateway answers the device.
        package var isElsewhere: Bool
        /// Downlink counters from the first on, below the ceiling, are this gateway's alone.
        package var first: UInt32
        package var ceiling: UInt32

        package init(isElsewhere: Bool, first: UInt32, ceiling: UInt32) {
            self.isElsewhere = isElsewhere
            self.first = first
            self.ceiling = ceiling
        }
    }

    /// What an operator may see of a session.
    package struct Summary: Hashable, Sendable, Codable {
        /// `OTAA` or `ABP`.
        package var activation: String
        package var devAddr: UInt32
        /// `1.0.3` and so on.
        package var macVersion: String
        package var region: String
        /// `A` or `C`.
        package var deviceClass: String
        /// The last uplink counter that was accepted.
        package var frameCounterUp: UInt32?
        /// The next downlink counter; in 1.1 that of network frames.
        package var frameCounterDown: UInt32
        /// LoRaWAN 1.1: the next downlink counter of application frames.
        package var applicationCounterDown: UInt32?
        package var startedAt: Timestamp?
        package var lastUplinkAt: Timestamp?
        /// The index of the uplink data rate that the device was last told, or uses.
        package var dataRate: UInt8?
        /// The index of the transmission power in the region's table.
        package var powerIndex: UInt8?
        package var transmissions: UInt8?
        /// Seconds.
        package var receiveDelay: UInt8
        package var receiveWindow2DataRate: UInt8
        /// Hertz.
        package var receiveWindow2Frequency: UInt32
        /// Hertz, the channels that are enabled.
        package var channels: [UInt32]
        /// DevStatus: 0 is external power, 1 to 254 the charge, 255 unknown.
        package var battery: UInt8?
        /// DevStatus: dB of demodulation margin.
        package var margin: Int8?
        /// What the device has confirmed of its limits; nil in sessions of before these were kept.
        package var limits: Limits?

        /// How much the device may be on the air, and where it listens by DlChannelReq.
        package struct Limits: Hashable, Sendable, Codable {
            package var limitsUplinkDwell: Bool
            package var limitsDownlinkDwell: Bool
            /// dBm; nil when it was never told.
            package var maximumEIRP: Int?
            package var dutyCycleExponent: UInt8
            package var rejoinTimeExponent: UInt8?
            package var rejoinCountExponent: UInt8?
            package var downlinkChannels: [DownlinkChannel]

            package init(
                limitsUplinkDwell: Bool, limitsDownlinkDwell: Bool, maximumEIRP: Int?,
                dutyCycleExponent: UInt8, rejoinTimeExponent: UInt8?, rejoinCountExponent: UInt8?,
                downlinkChannels: [DownlinkChannel]
            ) {
                self.limitsUplinkDwell = limitsUplinkDwell
                self.limitsDownlinkDwell = limitsDownlinkDwell
                self.maximumEIRP = maximumEIRP
                self.dutyCycleExponent = dutyCycleExponent
                self.rejoinTimeExponent = rejoinTimeExponent
                self.rejoinCountExponent = rejoinCountExponent
                self.downlinkChannels = downlinkChannels
            }
        }

        /// An uplink channel whose RX1 is elsewhere.
        package struct DownlinkChannel: Hashable, Sendable, Codable {
            package var index: Int
            /// Hertz.
            package var frequency: UInt32

            package init(index: Int, frequency: UInt32) {
                self.index = index
                self.frequency = frequency
            }
        }

        package init(
            activation: String, devAddr: UInt32, macVersion: String, region: String, deviceClass: String,
            frameCounterDown: UInt32, receiveDelay: UInt8, receiveWindow2DataRate: UInt8,
            receiveWindow2Frequency: UInt32, channels: [UInt32]
        ) {
            self.activation = activation
            self.devAddr = devAddr
            self.macVersion = macVersion
            self.region = region
            self.deviceClass = deviceClass
            self.frameCounterDown = frameCounterDown
            self.receiveDelay = receiveDelay
            self.receiveWindow2DataRate = receiveWindow2DataRate
            self.receiveWindow2Frequency = receiveWindow2Frequency
            self.channels = channels
        }
    }

    package init(number: UInt32, state: SecretBytes, summary: Summary) {
        self.number = number
        self.state = state
        self.summary = summary
    }
}
