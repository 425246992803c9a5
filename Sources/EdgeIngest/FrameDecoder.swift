import EdgeModel
import EdgeStore
import LoRaNetwork
import LoRaWAN

/// A LoRaWAN data uplink and how it was heard.
struct Uplink {
    var frame: DataFrame
    var radio: UplinkRadio
}

/// Recognises the form of what a radio heard: the first step of the pipeline. Pure.
enum FrameDecoder {
    static func decode(_ frame: Sighting.Frame) -> DecodedFrame {
        switch frame {
        case .hubble(let serviceData): .hubble(serviceData: serviceData)
        case .lorawan(let phyPayload, let reception): decode(phyPayload, reception)
        }
    }

    private static func decode(_ phyPayload: [UInt8], _ reception: LoRaReception) -> DecodedFrame {
        do throws(FrameError) {
            switch try PHYPayload(decoding: phyPayload) {
            case .data(let frame):
                guard frame.direction == .up else { return .rejected(.notUplink) }
                return .uplink(
                    Uplink(
                        frame: frame,
                        radio: UplinkRadio(frequency: reception.frequency, dataRate: reception.dataRate)))
            case .joinRequest(let request): return .joinRequest(request)
            case .joinAccept: return .rejected(.notUplink)
            case .rejoinRequest(let request): return .rejoinRequest(request)
            case .proprietary: return .kept(.lorawanOther, lookup: 0)
            }
        } catch {
            if error == .commandsTwice, let address = uplinkAddress(phyPayload) {
                return .commandsTwice(address)
            }
            return .rejected(.malformed)
        }
    }

    /// The DevAddr of an uplink that is long enough to have one.
    private static func uplinkAddress(_ phyPayload: [UInt8]) -> DevAddr? {
        let types: [MessageType] = [.unconfirmedDataUp, .confirmedDataUp]
        guard phyPayload.count >= DataFrame.minimumLength,
            types.contains(MHDR(rawValue: phyPayload[0]).messageType)
        else { return nil }
        return DevAddr(rawValue: phyPayload[1...4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
}
