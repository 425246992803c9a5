import BluetoothLE
import CoreMetrics
import EdgeModel
import Glibc

/// One scanner: performs what `HCIScannerStateMachine` decides, and reads.
///
/// It owns the thread that calls `run`, and nothing on that thread waits for anything but the
/// descriptors: reports go from the socket through `AdvertisingReceiver` into the bounded queue.
struct HCIScanner {
    private let source: BluetoothSource
    private let clock: EdgeClock
    private let metrics: HCIScannerMetrics
    private let statuses: HCIScannerStatusBoard
    private var log: HCIScannerLog
    private var machine: HCIScannerStateMachine
    private var receiver: AdvertisingReceiver
    private var status: HCIScannerStatus
    private var connection: (any HCIConnection)?
    /// What was dropped on this connection and is counted already.
    private var droppedCounted = 0
    /// Only for adapters of this machine, from the first attempt to open one on.
    private var changes: AdapterChangeSocket?
    private var generator = SystemRandomNumberGenerator()

    init(
        source: BluetoothSource, status: HCIScannerStatus, clock: EdgeClock, timings: HCIScannerTimings,
        receiver: AdvertisingReceiver, metrics: HCIScannerMetrics, statuses: HCIScannerStatusBoard,
        log: HCIScannerLog
    ) {
        self.source = source
        self.status = status
        self.clock = clock
        machine = HCIScannerStateMachine(timings: timings)
        self.receiver = receiver
        self.metrics = metrics
        self.statuses = statuses
        self.log = log
    }

    /// Scans until told to stop.
    mutating func run(until stop: StopSignal) {
        handle(.started, stop)
        while true {
            let connectionNumber = connection?.descriptor ?? -1
            let changesNumber = changes?.descriptor ?? -1
            // poll(2) passes over negative descriptors.
            let happened = StopSignal.poll(
                [
                    stop.pollEntry, pollfd(fd: connectionNumber, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: changesNumber, events: Int16(POLLIN), revents: 0),
                ], timeout: timeUntilDeadline())
            if happened[0].revents != 0 { break }
            if happened[2].revents != 0 { takeChanges(stop) }
            if happened[1].revents != 0, connection?.descriptor == connectionNumber { read(stop) }
            if timeUntilDeadline() == .zero { handle(.deadlinePassed, stop) }
        }
        connection = nil
    }

    private func timeUntilDeadline() -> Duration? {
        machine.deadline.map { $0.since(clock.now().monotonic) }
    }
}

// MARK: Inputs

extension HCIScanner {
    private mutating func read(_ stop: StopSignal) {
        guard let connection else { return }
        var inputs: [HCIScannerStateMachine.Input] = []
        do throws(HCIReceiveFailure) {
            try connection.receive { indicator, bytes, age in
                switch indicator {
                case .event:
                    let event = receiver.take(bytes, receivedAt: clock.now().earlier(by: age))
                    if let event, let input = Self.input(event) { inputs.append(input) }
                case .command:
                    if let input = Self.input(commandOfOthers: bytes) { inputs.append(input) }
                case .acl, .synchronous, .isochronous: break
                }
            }
        } catch {
            inputs.append(input(error))
        }
        let now = clock.now()
        if receiver.flush(at: now) { heardReport(at: now, stop) }
        for input in inputs { handle(input, stop) }
    }

    private mutating func heardReport(at now: ClockReading, _ stop: StopSignal) {
        machine.heardReport(at: now.monotonic)
        if let last = status.lastReportAt, now.monotonic.since(last.monotonic) < .seconds(1) { return }
        status.lastReportAt = now
        countDropped(stop)
        publish()
    }

    private mutating func countDropped(_ stop: StopSignal) {
        do throws(SystemCallFailure) {
            let count = try connection?.droppedCount() ?? 0
            guard count > droppedCounted else { return }
            // Once for a connection; how it goes on is to be seen in the metric.
            if droppedCounted == 0 { log.noteDropped(count) }
            metrics.eventDropped.increment(by: count - droppedCounted)
            status.droppedEventCount += count - droppedCounted
            droppedCounted = count
        } catch {
            handle(.connectionLost, stop)
        }
    }

    private mutating func takeChanges(_ stop: StopSignal) {
        do throws(SystemCallFailure) {
            for change in try changes?.changes() ?? [] where source == .adapter(change.adapter) {
                handle(.adapterChanged(change.kind), stop)
            }
        } catch {
            changes = nil
            handle(.connectionLost, stop)
        }
    }

    /// What an event means for the scan; nil when nothing.
    private static func input(_ event: HCIEvent) -> HCIScannerStateMachine.Input? {
        switch event {
        case .commandComplete(let complete):
            complete.status.map {
                .commandFinished(
                    complete.opcode, $0, returnParameters: Array(complete.returnParameters)[...])
            }
        case .commandStatus(let status) where status.status != .success:
            .commandFinished(status.opcode, status.status, returnParameters: [])
        case .hardwareError: .hardwareError
        default: nil
        }
    }

    /// What a command of another program means for the scan; nil when nothing.
    private static func input(commandOfOthers bytes: ArraySlice<UInt8>) -> HCIScannerStateMachine.Input? {
        guard let command = try? HCICommandPacket(decoding: bytes) else { return nil }
        return switch command.opcode {
        case .leSetScanEnable:
            (try? HCILESetScanEnable(decoding: command.parameters)).map { .othersScan(enabled: $0.enable) }
        case .leSetExtendedScanEnable:
            (try? HCILESetExtendedScanEnable(decoding: command.parameters)).map {
                .othersScan(enabled: $0.enable)
            }
        case .reset: .othersScan(enabled: false)
        default: nil
        }
    }

    private func input(_ failure: HCIReceiveFailure) -> HCIScannerStateMachine.Input {
        switch failure {
        case .ended, .framingLost(.resetAnswerMissing): return .connectionLost
        case .framingLost(let failure):
            metrics.framingLost.increment()
            log.noteFramingLost(failure)
            return .framingLost
        }
    }
}

// MARK: Actions

extension HCIScanner {
    private mutating func handle(_ input: HCIScannerStateMachine.Input, _ stop: StopSignal) {
        var next: HCIScannerStateMachine.Input? = input
        // An action that fails is the next input: opening leads to sending, at most, and that to closing.
        while let input = next {
            next = nil
            let now = clock.now().monotonic
            for action in machine.handle(input, at: now, using: &generator) {
                next = perform(action, stop) ?? next
            }
        }
        publish()
        log.note(machine.condition, link: machine.link, kind: machine.scanKind)
    }

    private mutating func perform(
        _ action: HCIScannerStateMachine.Action, _ stop: StopSignal
    ) -> HCIScannerStateMachine.Input? {
        switch action {
        case .open:
            return open(stop)
        case .close:
            connection = nil
        case .send(let command):
            do throws(SystemCallFailure) { try connection?.send(command) } catch {
                return .connectionLost
            }
        case .rearmed(let reason):
            metrics.countRearmed(reason)
            log.noteRearmed(reason)
        }
        return nil
    }

    private mutating func open(_ stop: StopSignal) -> HCIScannerStateMachine.Input {
        do throws(HCIOpenFailure) {
            let opened: any HCIConnection =
                switch source {
                case .adapter(let number): try openAdapter(number)
                case .h4(let endpoint): try Self.openH4(endpoint, stop)
                }
            connection = opened
            droppedCounted = 0
            return .opened(opened.link)
        } catch {
            return .openFailed(error)
        }
    }

    private mutating func openAdapter(_ number: UInt16) throws(HCIOpenFailure) -> any HCIConnection {
        do throws(SystemCallFailure) {
            if changes == nil { changes = try AdapterChangeSocket() }
            // What was announced before this attempt says nothing about its outcome.
            _ = try changes?.changes()
        } catch {
            throw HCIOpenFailure(error)
        }
        return try KernelHCIConnection.open(adapter: number)
    }

    private static func openH4(
        _ endpoint: H4Endpoint, _ stop: StopSignal
    ) throws(HCIOpenFailure) -> any HCIConnection {
        do throws(SystemCallFailure) { return try H4Connection(to: endpoint, stop: stop) } catch {
            throw .failed(error)
        }
    }

    private mutating func publish() {
        status.condition = machine.condition
        status.link = machine.link
        status.scanKind = machine.scanKind
        statuses.publish(status)
    }
}

extension ClockReading {
    /// Both clocks `age` before this reading.
    fileprivate func earlier(by age: Duration) -> ClockReading {
        let nanoseconds = UInt64(max(0, age / .nanoseconds(1)))
        guard nanoseconds > 0, nanoseconds < monotonic.nanoseconds else { return self }
        return ClockReading(
            wall: wall.advanced(byMicroseconds: -Int64(nanoseconds / 1000)),
            monotonic: MonotonicInstant(nanoseconds: monotonic.nanoseconds - nanoseconds))
    }
}
