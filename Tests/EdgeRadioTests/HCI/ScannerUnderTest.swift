import BluetoothLE
import EdgeModel
import EdgeTestSupport

@testable import EdgeRadio

/// A state machine with a clock that is moved by hand; its actions are given as words.
struct ScannerUnderTest {
    var machine = HCIScannerStateMachine(timings: HCIScannerTimings())
    private(set) var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    /// How far `untilDeadline` has moved the clock.
    private(set) var lastWait = Duration.zero
    private var generator = SeededGenerator(seed: 1)

    init() {}

    /// A machine that has just begun to scan, with extended commands.
    init(scanningOver link: HCILink) {
        put(.started)
        put(.opened(link))
        finishSetup()
    }

    /// One input of every kind.
    static let inputs: [HCIScannerStateMachine.Input] =
        [
            .opened(.raw), .opened(.h4), .openFailed(.adapterMissing), .openFailed(.blockedByRfkill),
            .connectionLost, .hardwareError, .othersScan(enabled: true), .othersScan(enabled: false),
            .framingLost, .deadlinePassed,
        ]
        + HCIAdapterChange.Kind.allCases.map { .adapterChanged($0) }
        + [
            HCIOpcode.reset, .setEventMask, .leSetEventMask, .leReadLocalSupportedFeatures,
            .leSetScanEnable, .leSetScanParameters, .leSetExtendedScanEnable,
            .leSetExtendedScanParameters,
        ].flatMap { opcode in
            [HCIStatus.success, .commandDisallowed, .unknownCommand].map { status in
                .commandFinished(opcode, status, returnParameters: [status.rawValue])
            }
        }

    mutating func advance(by span: Duration) { now = now.adding(span) }

    @discardableResult
    mutating func put(_ input: HCIScannerStateMachine.Input) -> [String] {
        machine.handle(input, at: now, using: &generator).map(Self.word)
    }

    @discardableResult
    mutating func answer(_ opcode: HCIOpcode, _ status: HCIStatus = .success) -> [String] {
        put(.commandFinished(opcode, status, returnParameters: [status.rawValue]))
    }

    @discardableResult
    mutating func answerFeatures(_ features: LEFeatures) -> [String] {
        let parameters = [HCIStatus.success.rawValue] + features.encoded
        return put(
            .commandFinished(.leReadLocalSupportedFeatures, .success, returnParameters: parameters[...]))
    }

    /// Answers every command that is in flight until the scan runs; returns the last actions.
    @discardableResult
    mutating func finishSetup() -> [String] {
        var last: [String] = []
        while case .configuring(let setup, _, _) = machine.state {
            last =
                setup.currentOpcode == .leReadLocalSupportedFeatures
                ? answerFeatures(.extendedAdvertising) : answer(setup.currentOpcode)
        }
        return last
    }

    /// Lets the time pass that the machine asks for.
    var untilDeadline: [String] {
        mutating get {
            guard let deadline = machine.deadline else { return ["no deadline"] }
            lastWait = deadline.since(now)
            now = max(now, deadline)
            return put(.deadlinePassed)
        }
    }

    private static func word(_ action: HCIScannerStateMachine.Action) -> String {
        switch action {
        case .open: "open"
        case .close: "close"
        case .rearmed(let reason): "rearmed \(reason.rawValue)"
        case .send(let command as HCILESetScanEnable): "send 0x200c \(command.enable ? "on" : "off")"
        case .send(let command as HCILESetExtendedScanEnable):
            "send 0x2042 \(command.enable ? "on" : "off")"
        case .send(let command): "send \(type(of: command).opcode)"
        }
    }
}
