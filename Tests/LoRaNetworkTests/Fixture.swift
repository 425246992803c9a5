import EdgeTestSupport
import LoRaNetwork
import LoRaWAN
import Testing

let address = DevAddr(rawValue: 0x2601_1FFF)

func key(_ byte: UInt8) throws -> AESKey { try #require(AESKey([UInt8](repeating: byte, count: 16))) }

func keysV10(_ byte: UInt8 = 1) throws -> SessionKeys {
    SessionKeys(nwkSKey: try key(byte), appSKey: try key(byte ^ 0xFF))
}

func keysV11() throws -> SessionKeys {
    SessionKeys(
        fNwkSIntKey: try key(1), sNwkSIntKey: try key(2), nwkSEncKey: try key(3), appSKey: try key(4))
}

/// What a device with these keys would send.
func uplink(
    _ counter: UInt32, keys: SessionKeys, payload: [UInt8] = [0xCA, 0xFE], isConfirmed: Bool = false,
    fOpts: [UInt8] = [], fPort: UInt8? = 10,
    context: UplinkMICContext = UplinkMICContext(dataRate: 5, channel: 0)
) throws -> DataFrame {
    try PlainFrame(
        devAddr: address, isConfirmed: isConfirmed, counter: FrameCounter(rawValue: counter),
        fOpts: fOpts, fPort: fPort, payload: payload
    ).sealUplink(keys: keys, context: context)
}

extension UplinkOutcome {
    /// The kind of outcome and its counter, for tables.
    var summary: String {
        switch self {
        case .accepted(let uplink): "accepted \(uplink.counter)\(uplink.isCounterReset ? " reset" : "")"
        case .retransmission(let uplink): "retransmission \(uplink.counter)"
        case .stale(let uplink): "stale \(uplink.counter)"
        case .gapTooLarge(let counter): "gap \(counter)"
        case .micMismatch: "mismatch"
        }
    }
}
