import BluetoothLE

/// The commands that lead to a running scan, one after another, and what their answers mean.
///
/// Extended commands are used when the controller has the feature: the kernel uses them then, and a
/// controller refuses legacy commands after extended ones until it is reset (Vol 4 Part E 3.1.1).
struct HCIScanSetup: Sendable {
    enum Outcome: Sendable {
        /// Send `current`.
        case next
        /// The scan runs.
        case done(HCIScanKind)
        /// The current command has failed and nothing can stand in for it.
        case refused
    }

    /// What comes after `current`.
    private var commands: [any HCICommand]
    private var kind: HCIScanKind
    private(set) var current: any HCICommand

    private init(_ first: any HCICommand, _ rest: [any HCICommand], kind: HCIScanKind) {
        current = first
        commands = rest
        self.kind = kind
    }

    /// From the beginning: a Reset and the event masks where we are the host, then the features.
    static func full(over link: HCILink) -> HCIScanSetup {
        let features = HCILEReadLocalSupportedFeatures()
        guard link.isHost else { return HCIScanSetup(features, [], kind: .legacy) }
        return HCIScanSetup(
            HCIReset(), [HCISetEventMask.scanning, HCILESetEventMask.scanning, features], kind: .legacy)
    }

    /// Only the scan: off, parameters, on.
    static func scan(_ kind: HCIScanKind) -> HCIScanSetup {
        switch kind {
        case .legacy:
            HCIScanSetup(
                HCILESetScanEnable(enable: false),
                [HCILESetScanParameters(timing: .continuous), HCILESetScanEnable(enable: true)], kind: kind)
        case .extended:
            HCIScanSetup(
                HCILESetExtendedScanEnable(enable: false),
                [
                    HCILESetExtendedScanParameters(timing: .continuous),
                    HCILESetExtendedScanEnable(enable: true),
                ], kind: kind)
        }
    }

    var currentOpcode: HCIOpcode { type(of: current).opcode }

    /// Takes the answer to `current` and goes on to the next command.
    mutating func finishCurrent(_ status: HCIStatus, returnParameters: ArraySlice<UInt8>) -> Outcome {
        if currentOpcode == .leReadLocalSupportedFeatures {
            self = .scan(Self.kind(status, returnParameters))
            return .next
        }
        if kind == .extended, status == .unknownCommand {
            self = .scan(.legacy)
            return .next
        }
        guard status == .success || (isDisabling && status == .commandDisallowed) else { return .refused }
        guard !commands.isEmpty else { return .done(kind) }
        current = commands.removeFirst()
        return .next
    }

    /// Switching off a scan that is off is refused by some controllers (a BCM43455 answers 0x0C).
    private var isDisabling: Bool {
        switch current {
        case let command as HCILESetScanEnable: !command.enable
        case let command as HCILESetExtendedScanEnable: !command.enable
        default: false
        }
    }

    /// A controller that does not tell its features has none.
    private static func kind(_ status: HCIStatus, _ parameters: ArraySlice<UInt8>) -> HCIScanKind {
        guard status == .success, let features = try? LEFeatures(decoding: parameters.dropFirst()) else {
            return .legacy
        }
        return features.contains(.extendedAdvertising) ? .extended : .legacy
    }
}
