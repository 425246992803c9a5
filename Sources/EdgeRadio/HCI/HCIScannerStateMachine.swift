package import BluetoothLE
package import EdgeModel

/// When to open, set up and set again one scanner: a value without sockets, clocks or logs.
///
/// Every input returns the actions to perform, in order; whoever performs them reports back with
/// further inputs. `deadline` says when `deadlinePassed` is due. At most one command is in flight.
package struct HCIScannerStateMachine: Sendable {
    package enum Input: Sendable {
        case started
        case opened(HCILink)
        case openFailed(HCIOpenFailure)
        /// The connection cannot be read or written any more.
        case connectionLost
        /// Command Complete, or Command Status with a failure.
        case commandFinished(HCIOpcode, HCIStatus, returnParameters: ArraySlice<UInt8>)
        case hardwareError
        case adapterChanged(HCIAdapterChange.Kind)
        /// Another program has switched scanning on or off, or reset the controller (off).
        case othersScan(enabled: Bool)
        /// The place in the H4 stream is lost; it is found again with the answer to a Reset.
        case framingLost
        case deadlinePassed
    }

    package enum Action: Sendable {
        /// Open a connection and report `opened` or `openFailed`.
        case open
        case close
        case send(any HCICommand)
        /// The scan runs again after it had been interrupted.
        case rearmed(HCIScanRearmReason)
    }

    enum State: Sendable {
        /// No connection. `retryAt` nil: only a change of the adapter helps, if anything.
        case closed(retryAt: MonotonicInstant?)
        case configuring(HCIScanSetup, link: HCILink, deadline: MonotonicInstant)
        case scanning(Scanning)
    }

    struct Scanning: Sendable {
        var link: HCILink
        var kind: HCIScanKind
        var lastReportAt: MonotonicInstant
        /// When to set the scan again for a reason other than silence.
        var due: (at: MonotonicInstant, reason: HCIScanRearmReason)?
    }

    package private(set) var condition = HCIScannerCondition.starting
    private(set) var state = State.closed(retryAt: nil)
    let timings: HCIScannerTimings
    private var pause: RetryPause
    /// Why the scan that ran last has ended; nil before the first scan.
    private var interruption: HCIScanRearmReason?
    private var hasScanned = false

    package init(timings: HCIScannerTimings) {
        self.timings = timings
        pause = RetryPause(first: timings.firstRetry, longest: timings.longestRetry)
    }

    /// The link in use; nil without a connection.
    package var link: HCILink? {
        switch state {
        case .closed: nil
        case .configuring(_, let link, _): link
        case .scanning(let scanning): scanning.link
        }
    }

    /// The commands the scan runs with; nil while it does not run.
    package var scanKind: HCIScanKind? {
        if case .scanning(let scanning) = state { scanning.kind } else { nil }
    }

    /// When `deadlinePassed` is due; nil while nothing is waited for.
    package var deadline: MonotonicInstant? {
        switch state {
        case .closed(let retryAt): retryAt
        case .configuring(_, _, let deadline): deadline
        case .scanning(let scanning):
            min(scanning.due?.at ?? .distantFuture, scanning.lastReportAt.adding(timings.silence))
        }
    }

    /// A report was heard. Kept apart from `handle`, because it happens thousands of times a second.
    package mutating func heardReport(at now: MonotonicInstant) {
        guard case .scanning(var scanning) = state else { return }
        scanning.lastReportAt = now
        state = .scanning(scanning)
    }

    package mutating func handle(
        _ input: Input, at now: MonotonicInstant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch input {
        case .started: [.open]
        case .opened(let link): opened(link, at: now)
        case .openFailed(let failure): openFailed(failure, at: now, using: &generator)
        case .connectionLost:
            interrupt(.reconnected, retryAt: now.adding(pause.next(using: &generator)))
        case .commandFinished(let opcode, let status, let parameters):
            finished(opcode, status, parameters, at: now, using: &generator)
        case .hardwareError: hardwareError(at: now)
        case .adapterChanged(let kind): adapterChanged(kind, at: now)
        case .othersScan(let enabled): othersScan(enabled: enabled, at: now)
        case .framingLost: setUpAgain(.framingLost, at: now)
        case .deadlinePassed: deadlinePassed(at: now, using: &generator)
        }
    }
}

// MARK: Opening and closing

extension HCIScannerStateMachine {
    private mutating func opened(_ link: HCILink, at now: MonotonicInstant) -> [Action] {
        guard case .closed = state else { return [] }
        return start(.full(over: link), link: link, at: now)
    }

    private mutating func openFailed(
        _ failure: HCIOpenFailure, at now: MonotonicInstant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        condition = .unreachable(failure)
        let wait: Duration? =
            switch failure {
            case .unsupportedByKernel: nil
            case .adapterMissing: timings.missingAdapter
            case .blockedByRfkill: timings.settling
            case .capabilityMissing: timings.longestRetry
            case .failed: pause.next(using: &generator)
            }
        state = .closed(retryAt: wait.map(now.adding))
        return []
    }

    /// Ends the connection, if there is one; the next attempt is at `retryAt`.
    private mutating func interrupt(
        _ reason: HCIScanRearmReason, as condition: HCIScannerCondition = .interrupted,
        retryAt: MonotonicInstant
    ) -> [Action] {
        let wasOpen = link != nil
        noteInterruption(reason)
        self.condition = condition
        state = .closed(retryAt: retryAt)
        return wasOpen ? [.close] : []
    }

    /// The first reason stays: what follows is its consequence.
    private mutating func noteInterruption(_ reason: HCIScanRearmReason) {
        if hasScanned, interruption == nil { interruption = reason }
    }

    private mutating func adapterChanged(
        _ kind: HCIAdapterChange.Kind, at now: MonotonicInstant
    ) -> [Action] {
        switch (kind, state) {
        case (.unregistered, _):
            return interrupt(
                .adapterReturned, as: .unreachable(.adapterMissing),
                retryAt: now.adding(timings.missingAdapter))
        case (.registered, .closed):
            // The kernel brings a new adapter up for its setup; `up` shortens this wait.
            state = .closed(retryAt: now.adding(timings.settling))
            return []
        case (.up, .closed):
            state = .closed(retryAt: now.adding(timings.afterUp))
            return []
        case (.down, _) where link == .raw:
            // On the user channel the adapter cannot be switched off under us: such an event is the
            // echo of our own opening and closing.
            return interrupt(.adapterReturned, retryAt: now.adding(timings.settling))
        default:
            return []
        }
    }
}

// MARK: Setting up

extension HCIScannerStateMachine {
    private mutating func start(
        _ setup: HCIScanSetup, link: HCILink, at now: MonotonicInstant
    ) -> [Action] {
        condition = .configuring
        state = .configuring(setup, link: link, deadline: now.adding(timings.commandAnswer))
        return [.send(setup.current)]
    }

    private mutating func finished(
        _ opcode: HCIOpcode, _ status: HCIStatus, _ parameters: ArraySlice<UInt8>,
        at now: MonotonicInstant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard case .configuring(var setup, let link, _) = state, setup.currentOpcode == opcode else {
            return []
        }
        switch setup.finishCurrent(status, returnParameters: parameters) {
        case .next: return start(setup, link: link, at: now)
        case .done(let kind): return scanStarted(kind, link: link, at: now)
        case .refused:
            return interrupt(
                .commandFailed, as: .refused(opcode, status),
                retryAt: now.adding(pause.next(using: &generator)))
        }
    }

    private mutating func scanStarted(
        _ kind: HCIScanKind, link: HCILink, at now: MonotonicInstant
    ) -> [Action] {
        defer { interruption = nil }
        condition = .scanning
        hasScanned = true
        pause.reset()
        state = .scanning(Scanning(link: link, kind: kind, lastReportAt: now))
        return interruption.map { [.rearmed($0)] } ?? []
    }

    /// Sets the scan again over the connection there is, from a Reset on where that is up to us.
    private mutating func setUpAgain(_ reason: HCIScanRearmReason, at now: MonotonicInstant) -> [Action] {
        guard let link else { return [] }
        noteInterruption(reason)
        return start(.full(over: link), link: link, at: now)
    }
}

// MARK: While scanning

extension HCIScannerStateMachine {
    private mutating func hardwareError(at now: MonotonicInstant) -> [Action] {
        guard let link else { return [] }
        guard !link.isHost else { return setUpAgain(.hardwareError, at: now) }
        // The kernel resets its own controllers, and the adapter goes down and up meanwhile.
        return interrupt(.hardwareError, retryAt: now.adding(timings.settling))
    }

    private mutating func othersScan(enabled: Bool, at now: MonotonicInstant) -> [Action] {
        guard case .scanning(var scanning) = state else { return [] }
        condition = enabled ? .sharingOthersScan : condition
        let wait = enabled ? timings.othersScan : timings.afterOthersStop
        scanning.due = (at: now.adding(wait), reason: .othersScan)
        state = .scanning(scanning)
        return []
    }

    private mutating func deadlinePassed(
        at now: MonotonicInstant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        switch state {
        case .closed:
            state = .closed(retryAt: nil)
            return [.open]
        case .configuring(let setup, _, _):
            return interrupt(
                .commandFailed, as: .refused(setup.currentOpcode, nil),
                retryAt: now.adding(pause.next(using: &generator)))
        case .scanning(let scanning):
            noteInterruption(scanning.due?.reason ?? .silence)
            return start(.scan(scanning.kind), link: scanning.link, at: now)
        }
    }
}
