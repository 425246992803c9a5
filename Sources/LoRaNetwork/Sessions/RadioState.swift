/// What is in force on a device.
package struct RadioState: Hashable, Sendable {
    package internal(set) var region: Region
    /// Seconds, 1 to 15.
    package internal(set) var rxDelay: UInt8
    package internal(set) var rx1Offset: UInt8
    package internal(set) var rx2DataRate: UInt8
    package internal(set) var rx2Frequency: UInt32
    /// Dynamic plans: by index, frequency 0 where there is none. Empty in a fixed plan.
    package internal(set) var channels: [Channel]
    package internal(set) var mask: ChannelMask
    package internal(set) var dataRate: UInt8
    package internal(set) var powerIndex: UInt8
    /// NbTrans.
    package internal(set) var repetitions: UInt8
    package internal(set) var limitsUplinkDwell: Bool
    package internal(set) var limitsDownlinkDwell: Bool
    /// The index of TxParamSetupReq; nil when it was never sent.
    package internal(set) var eirpIndex: UInt8?
    package internal(set) var dutyCycleExponent: UInt8
    package internal(set) var deviceClass: DeviceSettings.DeviceClass
    package internal(set) var rejoin: DeviceSettings.RejoinPeriod?

    /// What every device of the region begins with. AS923 devices limited downlinks too before RP002.
    package init(region: Region, version: LoRaWANVersion) {
        let parameters = region.parameters
        self.region = region
        rxDelay = 1
        rx1Offset = 0
        rx2DataRate = parameters.rx2DataRate
        rx2Frequency = parameters.rx2Frequency
        channels = parameters.isFixedPlan ? [] : parameters.defaultChannels
        mask = ChannelMask(parameters.defaultChannels.indices)
        dataRate = parameters.uplinkDataRates.lowerBound
        powerIndex = 0
        repetitions = 1
        limitsUplinkDwell =
            parameters.beginsWithUplinkDwell && (parameters.region != .au915 || version >= .v103)
        limitsDownlinkDwell = parameters.hasDownlinkDwell && version < .v104
        dutyCycleExponent = 0
        deviceClass = .a
    }

    /// What an ABP device of this profile was made with.
    package init(personalized settings: DeviceSettings) {
        self.init(region: settings.region, version: settings.version)
        let parameters = settings.region.parameters
        rxDelay = settings.receiveDelay
        rx1Offset = settings.rx1Offset
        rx2DataRate = settings.rx2DataRate ?? parameters.rx2DataRate
        rx2Frequency = settings.rx2Frequency ?? parameters.rx2Frequency
        deviceClass = settings.deviceClass
        add(settings.extraChannels)
    }

    /// Frequencies after the mandatory ones, as a CFList adds them.
    mutating func add(_ frequencies: some Sequence<UInt32>) {
        guard !region.parameters.isFixedPlan else { return }
        for frequency in frequencies where channels.count < region.parameters.channelLimit {
            mask[channels.count] = true
            channels.append(Channel(frequency: frequency, dataRates: 0...5))
        }
    }
}
