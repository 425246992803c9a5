/// One MAC command: its identifier (CID) and its fields as bytes (LoRaWAN 1.1, section 5).
package struct MACCommand: Hashable, Sendable {
    package let identifier: UInt8
    package let fields: [UInt8]

    package init(identifier: UInt8, fields: [UInt8]) {
        self.identifier = identifier
        self.fields = fields
    }

    /// Splits FOpts, or the payload of port 0. An unknown identifier has no known length, so
    /// it ends the list: `rest` holds it and what follows, as does a command that breaks off.
    package static func split(
        _ bytes: [UInt8], direction: Direction
    ) -> (commands: [MACCommand], rest: [UInt8]) {
        var commands: [MACCommand] = []
        var index = 0
        while index < bytes.count, let length = fieldLength(bytes[index], direction) {
            let end = index + 1 + length
            guard end <= bytes.count else { break }
            commands.append(
                MACCommand(identifier: bytes[index], fields: Array(bytes[index + 1..<end])))
            index = end
        }
        return (commands, Array(bytes[index...]))
    }

    private static func fieldLength(_ identifier: UInt8, _ direction: Direction) -> Int? {
        lengths[identifier].map { direction == .up ? $0.up : $0.down }
    }

    /// Bytes after the identifier: what a device sends, and what the network sends.
    private static let lengths: [UInt8: (up: Int, down: Int)] = [
        0x01: (1, 1),  // ResetInd, ResetConf
        0x02: (0, 2),  // LinkCheckReq, LinkCheckAns
        0x03: (1, 4),  // LinkADRAns, LinkADRReq
        0x04: (0, 1),  // DutyCycleAns, DutyCycleReq
        0x05: (1, 4),  // RXParamSetupAns, RXParamSetupReq
        0x06: (2, 0),  // DevStatusAns, DevStatusReq
        0x07: (1, 5),  // NewChannelAns, NewChannelReq
        0x08: (0, 1),  // RXTimingSetupAns, RXTimingSetupReq
        0x09: (0, 1),  // TxParamSetupAns, TxParamSetupReq
        0x0A: (1, 4),  // DlChannelAns, DlChannelReq
        0x0B: (1, 1),  // RekeyInd, RekeyConf
        0x0C: (0, 1),  // ADRParamSetupAns, ADRParamSetupReq
        0x0D: (0, 5),  // DeviceTimeReq, DeviceTimeAns
        0x0E: (0, 2),  // ForceRejoinReq
        0x0F: (1, 1),  // RejoinParamSetupAns, RejoinParamSetupReq
        0x10: (1, 0),  // PingSlotInfoReq, PingSlotInfoAns
        0x11: (1, 4),  // PingSlotChannelAns, PingSlotChannelReq
        0x12: (0, 3),  // BeaconTimingReq, BeaconTimingAns
        0x13: (1, 3),  // BeaconFreqAns, BeaconFreqReq
        0x20: (1, 1),  // DeviceModeInd, DeviceModeConf
    ]
}
