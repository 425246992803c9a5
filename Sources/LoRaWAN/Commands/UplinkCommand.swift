/// A MAC command from a device to the network (LoRaWAN 1.0.4 and 1.1, section 5).
package enum UplinkCommand: Hashable, Sendable {
    /// 1.1, ABP: the device has started again and has forgotten what it was told.
    case resetInd(minor: UInt8)
    case linkCheckReq
    case linkADRAns(isPowerAccepted: Bool, isDataRateAccepted: Bool, isMaskAccepted: Bool)
    case dutyCycleAns
    case rxParamSetupAns(isOffsetAccepted: Bool, isDataRateAccepted: Bool, isChannelAccepted: Bool)
    /// `battery` 0: external power, 255: not measured; `margin`: SNR of the last downlink, decibels.
    case devStatusAns(battery: UInt8, margin: Int8)
    case newChannelAns(isRangeAccepted: Bool, isFrequencyAccepted: Bool)
    case rxTimingSetupAns
    case txParamSetupAns
    case dlChannelAns(hasUplinkChannel: Bool, isFrequencyAccepted: Bool)
    /// 1.1, OTAA: the keys of the new session are in use.
    case rekeyInd(minor: UInt8)
    case adrParamSetupAns
    case deviceTimeReq
    case rejoinParamSetupAns(isTimeAccepted: Bool)
    /// 0 is class A, 2 is class C.
    case deviceModeInd(deviceClass: UInt8)
    /// Class B, and what no version knows.
    case other(MACCommand)

    /// The typed form; `other` when the identifier or the length is not one of these.
    package init(_ command: MACCommand) { self = Self.typed(command) ?? .other(command) }

    private static func typed(_ command: MACCommand) -> UplinkCommand? {
        func bit(_ number: Int) -> Bool { (command.fields.first ?? 0) >> number & 1 == 1 }
        switch (command.identifier, command.fields.count) {
        case (0x01, 1): return .resetInd(minor: command.fields[0] & 0x0F)
        case (0x02, 0): return .linkCheckReq
        case (0x03, 1):
            return .linkADRAns(isPowerAccepted: bit(2), isDataRateAccepted: bit(1), isMaskAccepted: bit(0))
        case (0x04, 0): return .dutyCycleAns
        case (0x05, 1):
            return .rxParamSetupAns(
                isOffsetAccepted: bit(2), isDataRateAccepted: bit(1), isChannelAccepted: bit(0))
        case (0x06, 2):
            let margin = Int8(bitPattern: command.fields[1] << 2) >> 2
            return .devStatusAns(battery: command.fields[0], margin: margin)
        case (0x07, 1): return .newChannelAns(isRangeAccepted: bit(1), isFrequencyAccepted: bit(0))
        case (0x08, 0): return .rxTimingSetupAns
        case (0x09, 0): return .txParamSetupAns
        case (0x0A, 1): return .dlChannelAns(hasUplinkChannel: bit(1), isFrequencyAccepted: bit(0))
        case (0x0B, 1): return .rekeyInd(minor: command.fields[0] & 0x0F)
        case (0x0C, 0): return .adrParamSetupAns
        case (0x0D, 0): return .deviceTimeReq
        case (0x0F, 1): return .rejoinParamSetupAns(isTimeAccepted: bit(0))
        case (0x20, 1): return .deviceModeInd(deviceClass: command.fields[0])
        default: return nil
        }
    }

    /// Identifier and fields, as a device sends them.
    package var encoded: MACCommand {
        func bits(_ flags: Bool...) -> [UInt8] { [flags.reduce(0) { $0 << 1 | ($1 ? 1 : 0) }] }
        func command(_ identifier: UInt8, _ fields: [UInt8] = []) -> MACCommand {
            MACCommand(identifier: identifier, fields: fields)
        }
        switch self {
        case .resetInd(let minor): return command(0x01, [minor & 0x0F])
        case .linkCheckReq: return command(0x02)
        case .linkADRAns(let power, let dataRate, let mask): return command(0x03, bits(power, dataRate, mask))
        case .dutyCycleAns: return command(0x04)
        case .rxParamSetupAns(let offset, let dataRate, let channel):
            return command(0x05, bits(offset, dataRate, channel))
        case .devStatusAns(let battery, let margin):
            return command(0x06, [battery, UInt8(bitPattern: margin) & 0x3F])
        case .newChannelAns(let range, let frequency): return command(0x07, bits(range, frequency))
        case .rxTimingSetupAns: return command(0x08)
        case .txParamSetupAns: return command(0x09)
        case .dlChannelAns(let hasUplink, let frequency): return command(0x0A, bits(hasUplink, frequency))
        case .rekeyInd(let minor): return command(0x0B, [minor & 0x0F])
        case .adrParamSetupAns: return command(0x0C)
        case .deviceTimeReq: return command(0x0D)
        case .rejoinParamSetupAns(let time): return command(0x0F, bits(time))
        case .deviceModeInd(let deviceClass): return command(0x20, [deviceClass])
        case .other(let command): return command
        }
    }
}
