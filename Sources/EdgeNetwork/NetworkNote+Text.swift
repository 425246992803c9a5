import LoRaNetwork
import LoRaWAN

extension NetworkNote {
    /// In words, for the frame log; nil for what the line of a frame says already.
    var text: String? {
        switch self {
        case .joinAnswered(let activation):
            activation.rejoinType.map { "rejoin type \($0) answered: \(activation.text)" }
                ?? "join answered: \(activation.text)"
        case .joinRefused(let refusal, let nonce): "join refused: \(refusal.text) (DevNonce \(nonce))"
        case .activated(_, let devAddr): "activated: \(devAddr)"
        case .commandsReceived, .commandsSent: nil
        case .statusReported(let battery, let margin):
            "status: battery \(battery == 255 ? "unknown" : "\(battery)"), margin \(margin) dB"
        case .downlinkSent(let sent): "\(sent.window.text) taken by the gateway"
        case .downlinkRefused(let refusal, let window, _): "\(window.text) not sent: \(refusal.text)"
        case .downlinkGivenUp: "downlink given up"
        case .counterReset: "the device has started counting again"
        }
    }

    /// The gateway that it is about.
    var gateway: GatewayEUI? {
        switch self {
        case .downlinkSent(let sent): sent.gateway
        case .downlinkRefused(_, _, let gateway): gateway
        default: nil
        }
    }
}

extension NetworkNote.Activation {
    fileprivate var text: String { "DevAddr \(devAddr), LoRaWAN \(version.description)" }
}

extension ReceiveWindow {
    var text: String {
        switch self {
        case .rx1: "RX1"
        case .rx2: "RX2"
        case .rxC: "class C"
        }
    }
}

extension JoinRefusal {
    var text: String {
        switch self {
        case .noKey: "the device has no root key"
        case .joinsNotSupported: "its profile says that the device does not join"
        case .micMismatch: "the MIC fits none of its keys"
        case .nonceUsed: "the DevNonce was used before"
        case .joinNoncesUsedUp: "all JoinNonces are used up"
        case .foreignNetwork: "it is for another network"
        case .noSession: "there is no session to rejoin"
        case .noRegion: "the frequency is no channel of its region"
        case .tooMany: "too many join at once"
        }
    }
}

extension DownlinkRefusal {
    var text: String {
        switch self {
        case .tooLate: "the window is too near"
        case .dutyCycle: "the gateway's duty cycle is used up"
        case .dwellTime: "it would be longer than 400 ms on the air"
        case .tooLong(let limit): "at most \(limit) bytes fit at this data rate"
        case .gateway(let code): "the gateway says \(code)"
        case .silence: "the gateway says nothing"
        case .unreachable: "the gateway is away: it does not ask for downlinks"
        case .notStored: "the store cannot be written"
        case .noGateway: "no gateway that hears the device is left to send it"
        case .noWindow: "the region has no such window"
        case .countersUsedUp: "the frame counters are used up"
        }
    }
}

extension ItemRefusal {
    var text: String {
        switch self {
        case .tooLong(let limit): "at most \(limit) bytes fit at the device's data rate"
        case .notActivated: "the device has no session"
        case .queueFull: "too many downlinks wait"
        case .badPort: "the port is not for applications"
        }
    }
}
