/// One event, decoded as far as a scanner needs it.
///
/// Decoding copies nothing: reports and parameters are slices of the bytes given.
package enum HCIEvent: Sendable {
    case advertisingReports(LEAdvertisingReports)
    case extendedAdvertisingReports(LEExtendedAdvertisingReports)
    case commandComplete(HCICommandComplete)
    case commandStatus(HCICommandStatus)
    case hardwareError(HCIHardwareError)
    case adapterChange(HCIAdapterChange)
    /// Well formed and of no interest here.
    case other(code: UInt8)

    /// Reads an event without its H4 indicator. Malformed reports inside an event do not make this
    /// throw: they are found while iterating over the reports.
    package init(decoding bytes: ArraySlice<UInt8>) throws(MalformedHCI) {
        let packet = try HCIEventPacket(decoding: bytes)
        switch packet.code {
        case HCIEventCode.leMeta:
            self = try Self.decodingLEMeta(packet.parameters)
        case HCIEventCode.commandComplete:
            self = .commandComplete(try HCICommandComplete(decoding: packet.parameters))
        case HCIEventCode.commandStatus:
            self = .commandStatus(try HCICommandStatus(decoding: packet.parameters))
        case HCIEventCode.hardwareError:
            self = .hardwareError(try HCIHardwareError(decoding: packet.parameters))
        case HCIEventCode.stackInternal:
            guard let change = try HCIAdapterChange(decoding: packet.parameters) else { fallthrough }
            self = .adapterChange(change)
        default:
            self = .other(code: packet.code)
        }
    }

    private static func decodingLEMeta(_ parameters: ArraySlice<UInt8>) throws(MalformedHCI) -> HCIEvent {
        guard let subevent = parameters.first else { throw .truncated }
        return switch subevent {
        case HCIEventCode.leAdvertisingReport:
            .advertisingReports(try LEAdvertisingReports(decoding: parameters.dropFirst()))
        case HCIEventCode.leExtendedAdvertisingReport:
            .extendedAdvertisingReports(
                try LEExtendedAdvertisingReports(decoding: parameters.dropFirst()))
        default:
            .other(code: HCIEventCode.leMeta)
        }
    }
}
