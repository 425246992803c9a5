// One line a command, for the frame log: the specification's name, then its fields.

extension DownlinkCommand: CustomStringConvertible {
    package var description: String {
        switch self {
        case .resetConf(let minor): "ResetConf minor=\(minor)"
        case .linkCheckAns(let margin, let count): "LinkCheckAns margin=\(margin) gateways=\(count)"
        case .linkADRReq(let block):
            "LinkADRReq dataRate=\(block.dataRate) txPower=\(block.power) "
                + "chMask=\(hexadecimal(UInt64(block.mask), digits: 4)) chMaskCntl=\(block.maskControl) "
                + "nbTrans=\(block.repetitions)"
        case .dutyCycleReq(let exponent): "DutyCycleReq maxDutyCycle=\(exponent)"
        case .rxParamSetupReq(let parameters):
            "RXParamSetupReq rx1DROffset=\(parameters.rx1Offset) rx2DataRate=\(parameters.rx2DataRate) "
                + "frequency=\(parameters.rx2Frequency)"
        case .devStatusReq: "DevStatusReq"
        case .newChannelReq(let channel):
            "NewChannelReq chIndex=\(channel.index) frequency=\(channel.frequency) "
                + "minDR=\(channel.minimumDataRate) maxDR=\(channel.maximumDataRate)"
        case .rxTimingSetupReq(let delay): "RXTimingSetupReq delay=\(delay)"
        case .txParamSetupReq(let parameters):
            "TxParamSetupReq downlinkDwell=\(parameters.limitsDownlinkDwell) "
                + "uplinkDwell=\(parameters.limitsUplinkDwell) maxEIRP=\(parameters.maximumEIRP)"
        case .dlChannelReq(let index, let frequency): "DlChannelReq chIndex=\(index) frequency=\(frequency)"
        case .rekeyConf(let minor): "RekeyConf minor=\(minor)"
        case .adrParamSetupReq(let limit, let delay):
            "ADRParamSetupReq limitExp=\(limit) delayExp=\(delay)"
        case .deviceTimeAns(let seconds, let fraction):
            "DeviceTimeAns seconds=\(seconds) fraction=\(fraction)/256"
        case .forceRejoinReq(let request):
            "ForceRejoinReq period=\(request.period) maxRetries=\(request.maximumRetries) "
                + "type=\(request.type) dataRate=\(request.dataRate)"
        case .rejoinParamSetupReq(let time, let count):
            "RejoinParamSetupReq maxTimeN=\(time) maxCountN=\(count)"
        case .deviceModeConf(let deviceClass): "DeviceModeConf class=\(className(deviceClass))"
        case .other(let command): command.unknownText
        }
    }
}

extension UplinkCommand: CustomStringConvertible {
    package var description: String {
        switch self {
        case .resetInd(let minor): "ResetInd minor=\(minor)"
        case .linkCheckReq: "LinkCheckReq"
        case .linkADRAns(let power, let dataRate, let mask):
            "LinkADRAns txPower=\(power) dataRate=\(dataRate) chMask=\(mask)"
        case .dutyCycleAns: "DutyCycleAns"
        case .rxParamSetupAns(let offset, let dataRate, let channel):
            "RXParamSetupAns rx1DROffset=\(offset) rx2DataRate=\(dataRate) channel=\(channel)"
        case .devStatusAns(let battery, let margin): "DevStatusAns battery=\(battery) margin=\(margin)"
        case .newChannelAns(let range, let frequency):
            "NewChannelAns dataRateRange=\(range) frequency=\(frequency)"
        case .rxTimingSetupAns: "RXTimingSetupAns"
        case .txParamSetupAns: "TxParamSetupAns"
        case .dlChannelAns(let exists, let frequency):
            "DlChannelAns uplinkFrequency=\(exists) frequency=\(frequency)"
        case .rekeyInd(let minor): "RekeyInd minor=\(minor)"
        case .adrParamSetupAns: "ADRParamSetupAns"
        case .deviceTimeReq: "DeviceTimeReq"
        case .rejoinParamSetupAns(let time): "RejoinParamSetupAns time=\(time)"
        case .deviceModeInd(let deviceClass): "DeviceModeInd class=\(className(deviceClass))"
        case .other(let command): command.unknownText
        }
    }
}

private func className(_ value: UInt8) -> String { value == 0 ? "A" : value == 2 ? "C" : "\(value)" }

extension MACCommand {
    fileprivate var unknownText: String {
        let bytes = fields.map { hexadecimal(UInt64($0), digits: 2) }.joined()
        return "CID=\(hexadecimal(UInt64(identifier), digits: 2)) fields=\(bytes)"
    }

    /// Identifier and fields on the air.
    package var bytes: [UInt8] { [identifier] + fields }
}
