extension DownlinkCommand {
    /// The typed form; `other` when the identifier or the length is not one of these.
    package init(_ command: MACCommand) { self = Self.typed(command) ?? .other(command) }

    private static func typed(_ command: MACCommand) -> DownlinkCommand? {
        var reader = ByteReader(command.fields)
        switch command.identifier {
        case 0x01: return reader.byte().map { .resetConf(minor: $0 & 0x0F) }
        case 0x02:
            guard let margin = reader.byte(), let count = reader.byte() else { return nil }
            return .linkCheckAns(margin: margin, gatewayCount: count)
        case 0x03: return linkADR(&reader)
        case 0x04: return reader.byte().map { .dutyCycleReq(exponent: $0 & 0x0F) }
        case 0x05:
            guard let settings = reader.byte(), let frequency = reader.uint32(3) else { return nil }
            return .rxParamSetupReq(
                RXParameters(
                    rx1Offset: settings >> 4 & 7, rx2DataRate: settings & 0x0F, rx2Frequency: frequency * 100)
            )
        case 0x06: return .devStatusReq
        case 0x07: return newChannel(&reader)
        case 0x08: return reader.byte().map { .rxTimingSetupReq(delay: max(1, $0 & 0x0F)) }
        case 0x09:
            return reader.byte().map {
                .txParamSetupReq(
                    TxParameters(
                        limitsDownlinkDwell: $0 & 0x20 != 0, limitsUplinkDwell: $0 & 0x10 != 0,
                        maximumEIRP: $0 & 0x0F))
            }
        case 0x0A:
            guard let index = reader.byte(), let frequency = reader.uint32(3) else { return nil }
            return .dlChannelReq(index: index, frequency: frequency * 100)
        case 0x0B: return reader.byte().map { .rekeyConf(minor: $0 & 0x0F) }
        case 0x0C:
            return reader.byte().map { .adrParamSetupReq(limitExponent: $0 >> 4, delayExponent: $0 & 0x0F) }
        case 0x0D:
            guard let seconds = reader.uint32(), let fraction = reader.byte() else { return nil }
            return .deviceTimeAns(seconds: seconds, fraction: fraction)
        case 0x0E: return reader.uint16().map { .forceRejoinReq(ForceRejoin(bits: $0)) }
        case 0x0F:
            return reader.byte().map {
                .rejoinParamSetupReq(timeExponent: $0 >> 4, countExponent: $0 & 0x0F)
            }
        case 0x20: return reader.byte().map { .deviceModeConf(deviceClass: $0) }
        default: return nil
        }
    }

    private static func linkADR(_ reader: inout ByteReader) -> DownlinkCommand? {
        guard let rates = reader.byte(), let mask = reader.uint16(), let redundancy = reader.byte() else {
            return nil
        }
        return .linkADRReq(
            LinkADR(
                dataRate: rates >> 4, power: rates & 0x0F, mask: mask, maskControl: redundancy >> 4 & 7,
                repetitions: redundancy & 0x0F))
    }

    private static func newChannel(_ reader: inout ByteReader) -> DownlinkCommand? {
        guard let index = reader.byte(), let frequency = reader.uint32(3), let range = reader.byte() else {
            return nil
        }
        return .newChannelReq(
            NewChannel(
                index: index, frequency: frequency * 100, minimumDataRate: range & 0x0F,
                maximumDataRate: range >> 4))
    }

    /// Identifier and fields. A value beyond its field is cut to the field's bits.
    package var encoded: MACCommand {
        var fields: [UInt8] = []
        switch self {
        case .resetConf(let minor), .rekeyConf(let minor): fields = [minor & 0x0F]
        case .linkCheckAns(let margin, let count): fields = [margin, count]
        case .linkADRReq(let block):
            fields = [block.dataRate << 4 | block.power & 0x0F]
            fields.append(littleEndian: block.mask, count: 2)
            fields.append((block.maskControl & 7) << 4 | block.repetitions & 0x0F)
        case .dutyCycleReq(let exponent): fields = [exponent & 0x0F]
        case .rxParamSetupReq(let parameters):
            fields = [(parameters.rx1Offset & 7) << 4 | parameters.rx2DataRate & 0x0F]
            fields.append(littleEndian: parameters.rx2Frequency / 100, count: 3)
        case .devStatusReq: break
        case .newChannelReq(let channel):
            fields = [channel.index]
            fields.append(littleEndian: channel.frequency / 100, count: 3)
            fields.append(channel.maximumDataRate << 4 | channel.minimumDataRate & 0x0F)
        case .rxTimingSetupReq(let delay): fields = [delay & 0x0F]
        case .txParamSetupReq(let parameters):
            fields = [
                (parameters.limitsDownlinkDwell ? 0x20 : 0) | (parameters.limitsUplinkDwell ? 0x10 : 0)
                    | parameters.maximumEIRP & 0x0F
            ]
        case .dlChannelReq(let index, let frequency):
            fields = [index]
            fields.append(littleEndian: frequency / 100, count: 3)
        case .adrParamSetupReq(let limit, let delay): fields = [limit << 4 | delay & 0x0F]
        case .deviceTimeAns(let seconds, let fraction):
            fields.append(littleEndian: seconds, count: 4)
            fields.append(fraction)
        case .forceRejoinReq(let request): fields.append(littleEndian: request.bits, count: 2)
        case .rejoinParamSetupReq(let time, let count): fields = [time << 4 | count & 0x0F]
        case .deviceModeConf(let deviceClass): fields = [deviceClass]
        case .other(let command): return command
        }
        return MACCommand(identifier: identifier, fields: fields)
    }

    /// CID.
    package var identifier: UInt8 {
        switch self {
        case .resetConf: 0x01
        case .linkCheckAns: 0x02
        case .linkADRReq: 0x03
        case .dutyCycleReq: 0x04
        case .rxParamSetupReq: 0x05
        case .devStatusReq: 0x06
        case .newChannelReq: 0x07
        case .rxTimingSetupReq: 0x08
        case .txParamSetupReq: 0x09
        case .dlChannelReq: 0x0A
        case .rekeyConf: 0x0B
        case .adrParamSetupReq: 0x0C
        case .deviceTimeAns: 0x0D
        case .forceRejoinReq: 0x0E
        case .rejoinParamSetupReq: 0x0F
        case .deviceModeConf: 0x20
        case .other(let command): command.identifier
        }
    }
}

extension DownlinkCommand.ForceRejoin {
    fileprivate init(bits: UInt16) {
        func field(_ shift: UInt16, _ mask: UInt16) -> UInt8 {
            UInt8(truncatingIfNeeded: bits >> shift & mask)
        }
        self.init(
            period: field(11, 7), maximumRetries: field(8, 7), type: field(4, 7), dataRate: field(0, 15))
    }

    fileprivate var bits: UInt16 {
        UInt16(period & 7) << 11 | UInt16(maximumRetries & 7) << 8 | UInt16(type & 7) << 4
            | UInt16(dataRate & 15)
    }
}
