package import LoRaWAN

/// What one session says to one uplink.
package enum UplinkOutcome: Hashable, Sendable {
    /// New. The session has moved on to its counter.
    case accepted(OpenedUplink)
    /// The newest frame once more: another gateway's copy, or the device repeats it. Not new, but
    /// a confirmed one wants its answer again.
    case retransmission(OpenedUplink)
    /// Authentic, with a counter that was passed already: a replay, or a frame that was delivered
    /// late. Its payload may be kept if it was never seen; its MAC commands must not be obeyed.
    case stale(OpenedUplink)
    /// Authentic, but further ahead than `maximumGap`. The session has not moved.
    case gapTooLarge(FrameCounter)
    /// No counter that the policy allows gives this MIC.
    case micMismatch
}

/// A verified uplink in the clear.
package struct OpenedUplink: Hashable, Sendable {
    /// All 32 bits.
    package var counter: FrameCounter
    /// The device has started counting again, and the policy allows it.
    package var isCounterReset: Bool
    package var isConfirmed: Bool
    /// ADR, ADRACKReq, ACK, class B.
    package var control: FrameControl
    /// Nil when the frame has none.
    package var fPort: UInt8?
    /// FRMPayload of an application port; empty on port 0.
    package var payload: [UInt8]
    /// From FOpts, or from the payload of port 0.
    package var commands: [MACCommand]
    /// What followed them: a command that breaks off, or one that nobody knows and what is behind it.
    package var unreadCommands: [UInt8]

    package init(
        counter: FrameCounter, isCounterReset: Bool, isConfirmed: Bool, control: FrameControl, fPort: UInt8?,
        payload: [UInt8], commands: [MACCommand], unreadCommands: [UInt8] = []
    ) {
        self.counter = counter
        self.isCounterReset = isCounterReset
        self.isConfirmed = isConfirmed
        self.control = control
        self.fPort = fPort
        self.payload = payload
        self.commands = commands
        self.unreadCommands = unreadCommands
    }
}

extension OpenedUplink {
    init(opening frame: DataFrame, keys: SessionKeys, counter: FrameCounter, isCounterReset: Bool) {
        let payload = frame.openPayload(keys: keys, counter: counter)
        let options = frame.fPort == 0 ? payload : frame.openFOpts(keys: keys, counter: counter)
        let split = MACCommand.split(options, direction: .up)
        self.init(
            counter: counter, isCounterReset: isCounterReset, isConfirmed: frame.isConfirmed,
            control: frame.control, fPort: frame.fPort, payload: frame.fPort == 0 ? [] : payload,
            commands: split.commands, unreadCommands: split.rest)
    }
}
