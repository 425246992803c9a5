package import BluetoothLE

/// What a Bluetooth controller knows and answers, as far as scanning goes: a value without I/O.
///
/// It keeps the rules of the Core specification that a scanner can trip over (Vol 4 Part E 7.8.10,
/// 7.8.11, 7.8.64, 7.8.65, and 3.1.1 on mixing legacy and extended commands).
package struct VirtualControllerState: Sendable {
    package enum ScanMode: Hashable, Sendable { case legacy, extended }

    /// What the controller is able to do; a reset does not change it.
    package struct Traits: Hashable, Sendable {
        package var address = BluetoothAddress(rawValue: 0x02_00_00_00_F0_01)
        package var supportsExtendedAdvertising = true
        package init() {}
    }

    package let traits: Traits
    /// LE Meta events are masked out until the host asks for them (7.3.1).
    private var eventMask: UInt64 = 0x1FFF_FFFF_FFFF
    private var leEventMask: UInt64 = 0x1F
    private var enabledMode: ScanMode?
    /// The kind of command that this host has used since the reset.
    private var usedMode: ScanMode?

    package init(_ traits: Traits = Traits()) { self.traits = traits }

    /// The kind of report to send; nil while the host does not scan, or masks such reports out.
    package var reportMode: ScanMode? {
        guard let enabledMode, eventMask & 1 << 61 != 0 else { return nil }
        let bit: UInt64 = enabledMode == .legacy ? 1 : 12
        return leEventMask & 1 << bit != 0 ? enabledMode : nil
    }

    /// The one event that answers `command`.
    package mutating func answer(_ command: HCICommandPacket) -> HCIEventPacket {
        do throws(Refusal) {
            let returned = try execute(command)
            return HCICommandComplete(
                opcode: command.opcode, returnParameters: ([HCIStatus.success.rawValue] + returned)[...]
            ).packet
        } catch {
            if error.status == .unknownCommand {
                return HCICommandStatus(status: error.status, opcode: command.opcode).packet
            }
            return HCICommandComplete(
                opcode: command.opcode, returnParameters: [error.status.rawValue][...]
            ).packet
        }
    }

    private struct Refusal: Error {
        let status: HCIStatus
        static let invalidParameters = Refusal(status: HCIStatus(rawValue: 0x12))
        static let disallowed = Refusal(status: .commandDisallowed)
        static let unknown = Refusal(status: .unknownCommand)
    }

    /// Returns what follows the status.
    private mutating func execute(_ command: HCICommandPacket) throws(Refusal) -> [UInt8] {
        let parameters = Array(command.parameters)
        switch command.opcode {
        case .reset: self = VirtualControllerState(traits)
        case .setEventMask: eventMask = try Self.mask(parameters)
        case .leSetEventMask: leEventMask = try Self.mask(parameters)
        case .leSetScanParameters: try setParameters(.legacy, isValid: Self.isValidLegacy(parameters))
        case .leSetExtendedScanParameters:
            try setParameters(.extended, isValid: Self.isValidExtended(parameters))
        case .leSetScanEnable: try enable(.legacy, parameters, byteCount: 2)
        case .leSetExtendedScanEnable: try enable(.extended, parameters, byteCount: 6)
        default:
            guard let information = information(command.opcode) else { throw .unknown }
            return information
        }
        return []
    }

    private mutating func use(_ mode: ScanMode) throws(Refusal) {
        if mode == .extended, !traits.supportsExtendedAdvertising { throw .unknown }
        if let usedMode, usedMode != mode { throw .disallowed }
        usedMode = mode
    }

    private mutating func setParameters(_ mode: ScanMode, isValid: Bool) throws(Refusal) {
        try use(mode)
        guard enabledMode == nil else { throw .disallowed }
        guard isValid else { throw .invalidParameters }
    }

    private mutating func enable(
        _ mode: ScanMode, _ parameters: [UInt8], byteCount: Int
    ) throws(Refusal) {
        try use(mode)
        guard parameters.count == byteCount, parameters[0] <= 1, parameters[1] <= 2 else {
            throw .invalidParameters
        }
        enabledMode = parameters[0] == 1 ? mode : nil
    }
}

extension VirtualControllerState {
    private static func mask(_ parameters: [UInt8]) throws(Refusal) -> UInt64 {
        guard parameters.count == 8 else { throw .invalidParameters }
        return parameters.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func isValidLegacy(_ parameters: [UInt8]) -> Bool {
        parameters.count == 7 && parameters[0] <= 1 && isValidTiming(parameters[1..<5])
    }

    /// One block of type, interval and window for each PHY that is named: 1M (bit 0), Coded (bit 2).
    private static func isValidExtended(_ parameters: [UInt8]) -> Bool {
        guard parameters.count >= 3, parameters[2] & ~0b101 == 0, parameters[2] != 0 else { return false }
        let blocks = parameters.dropFirst(3)
        guard blocks.count == 5 * parameters[2].nonzeroBitCount else { return false }
        return stride(from: 3, to: parameters.count, by: 5).allSatisfy { start in
            parameters[start] <= 1 && isValidTiming(parameters[(start + 1)..<(start + 5)])
        }
    }

    private static func isValidTiming(_ bytes: ArraySlice<UInt8>) -> Bool {
        let numbers = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map {
            UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
        }
        return LEScanTiming(interval: numbers[0], window: numbers[1]) != nil
    }

    /// The answers to the informational commands (Vol 4 Part E 7.4 and 7.8); nil for other commands.
    private func information(_ opcode: HCIOpcode) -> [UInt8]? {
        switch opcode.rawValue {
        case 0x1001:  // Read Local Version Information: 5.4, company 0xFFFF
            [0x0D, 0, 0, 0x0D, 0xFF, 0xFF, 0, 0]
        case 0x1002:  // Read Local Supported Commands
            [UInt8](repeating: 0xFF, count: 64)
        case 0x1003:  // Read Local Supported Features: LE, no BR/EDR
            [0, 0, 0, 0, 0x60, 0, 0, 0]
        case 0x1005:  // Read Buffer Size: ACL buffers are LE's
            [0, 0, 0, 0, 0, 0, 0]
        case 0x1009: littleEndian(traits.address.rawValue, byteCount: 6)  // Read BD_ADDR
        case 0x2002: [0xFB, 0, 4]  // LE Read Buffer Size
        case 0x2003: littleEndian(features.rawValue, byteCount: 8)  // LE Read Local Supported Features
        default: nil
        }
    }

    private var features: LEFeatures {
        traits.supportsExtendedAdvertising ? [.extendedAdvertising] : []
    }

    private func littleEndian(_ value: UInt64, byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
}
