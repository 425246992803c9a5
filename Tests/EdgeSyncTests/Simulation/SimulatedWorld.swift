import EdgeDelivery
import EdgeModel
import EdgeSync
import EdgeTestSupport
import SyncProtocol

/// Gateways, a central, and a network that delays, drops, repeats and reorders, all from one seed.
///
/// The planner and the bytes are the real ones; the disks are what is given. A process that dies forgets
/// its planner and what it was waiting for. Afterwards the network heals, and the central must have what
/// the gateways have.
struct SimulatedWorld<Gateway: SimulatedGateway, Central: SimulatedCentral> {
    struct Faults {
        var drops = 0.2
        var repeats = 0.15
        var deaths = 0.01
        /// Of a gateway or the central, where the disk can be copied.
        var restores = 0.004
        var clones = 0.002
        /// Power cuts in the middle of a commit, of a gateway and of the central.
        var cuts = 0.01
        /// A gateway's wall clock is set: to 1970, to some other time, or right.
        var clockSteps = 0.0
    }

    struct Report {
        var held: Set<UInt64> = []
        var arrived: Set<UInt64> = []
        var ingested: UInt64 = 0
        /// Being stored when the power failed: nobody had been told that they were.
        var lost: Set<UInt64> = []
        /// Packets whose time the central has otherwise than their gateway.
        var misdated: Set<UInt64> = []
        var cuts = 0
        var dated = 0
        var requests = 0
        var contradictions = 0
        var isQuiet = false
    }

    private struct Machine {
        var id: GatewayID
        var disk: Gateway
        var planner: SyncPlanner
        var retry: RetrySchedule
        var waitingFor: (number: Int, since: MonotonicInstant, what: Said)?
        var updatesMark: Int64 = 0
    }

    private enum Said {
        case report, rows(ClosedRange<Int64>), verifying(ClosedRange<Int64>)
        case updates(through: Int64, isDone: Bool)
    }

    private struct Message {
        enum Kind {
            case report(UniqueID, GatewayID)
            case batch([UInt8], GatewayID)
            case verification(UniqueID, ClosedRange<Int64>, GatewayID)
            case answer(SyncAnswer?)
            case fingerprints(UniqueID, SyncFingerprints)
        }
        var at: MonotonicInstant
        var machine: Int
        var number: Int
        var kind: Kind
    }

    /// Rows of a batch: few, so that there are gaps.
    private static var batchLimit: Int { 7 }

    private var generator: SeededGenerator
    private var machines: [Machine]
    private var central: Central
    private var backups: (machines: [(Int, Gateway)], central: Central?) = ([], nil)
    private var messages: [Message] = []
    private var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    private var nextNumber = 1
    private var report = Report()
    private let faults: Faults

    init(seed: UInt64, gateways: [Gateway], central: Central, faults: Faults) {
        generator = SeededGenerator(seed: seed)
        self.faults = faults
        self.central = central
        machines = gateways.enumerated().map { number, disk in
            Machine(id: GatewayID("gw-\(number)"), disk: disk, planner: Self.planner(), retry: Self.retry())
        }
    }

    private static func planner() -> SyncPlanner {
        var timings = SyncPlanner.Timings()
        timings.backlogThreshold = 10
        return SyncPlanner(timings: timings)
    }

    private static func retry() -> RetrySchedule {
        RetrySchedule(policy: RetryPolicy(longest: .seconds(20), jitter: 0.5))
    }

    /// So many steps of a quarter of a second with faults, then as many as it takes without.
    mutating func run(steps: Int) async throws -> Report {
        for _ in 0..<steps {
            try await trouble()
            try await step(isHealthy: false)
        }
        for index in machines.indices { try await machines[index].disk.setClock(nil) }
        for _ in 0..<4_000 where !report.isQuiet {
            try await step(isHealthy: true)
            if nextNumber % 16 == 0 || messages.isEmpty { try await look() }
        }
        try await look()
        return report
    }

    private mutating func look() async throws {
        report.held = []
        for machine in machines { report.held.formUnion(try await machine.disk.contents()) }
        report.arrived = try await central.contents()
        let there = try await central.dates()
        report.misdated = []
        report.dated = 0
        for machine in machines {
            for (id, here) in try await machine.disk.dates() {
                if here.quality != .none { report.dated += 1 }
                if there[id] != here { report.misdated.insert(id) }
            }
        }
        report.isQuiet = report.held.isSubset(of: report.arrived) && report.misdated.isEmpty
    }

    // MARK: Trouble

    private mutating func trouble() async throws {
        for index in machines.indices where chance(0.3) {
            let count = UInt64.random(in: 1...5, using: &generator)
            try await machines[index].disk.ingest(Array(report.ingested..<report.ingested + count))
            report.ingested += count
        }
        for index in machines.indices where chance(faults.deaths) { die(index) }
        for index in machines.indices where chance(faults.cuts) { try await losePower(index) }
        for index in machines.indices where chance(faults.clockSteps) { try await stepClock(index) }
        if chance(faults.restores) { backups.central = central }
        if chance(faults.restores), let copy = backups.central { central = copy }
        if chance(faults.restores) {
            backups.machines = machines.enumerated().map { ($0.offset, $0.element.disk) }
        }
        if chance(faults.restores), let (index, copy) = backups.machines.randomElement(using: &generator) {
            machines[index].disk = copy
            die(index)
        }
        if machines.count < 6, chance(faults.clones),
            var clone = machines.randomElement(using: &generator)
        {
            (clone.planner, clone.retry) = (Self.planner(), Self.retry())
            clone.waitingFor = nil
            machines.append(clone)
        }
    }

    private mutating func die(_ index: Int) {
        machines[index].planner = Self.planner()
        machines[index].retry = Self.retry()
        machines[index].waitingFor = nil
    }

    private mutating func losePower(_ index: Int) async throws {
        let ids = Array(report.ingested..<report.ingested + 3)
        report.ingested += 3
        try await machines[index].disk.losePower(storing: ids, &generator)
        report.lost.formUnion(Set(ids).subtracting(try await machines[index].disk.contents()))
        report.cuts += 1
        die(index)
    }

    private mutating func stepClock(_ index: Int) async throws {
        let seconds = Int64.random(in: 0..<100_000_000, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: try await machines[index].disk.setClock(Timestamp(seconds: seconds % 1_000))
        case 1: try await machines[index].disk.setClock(Timestamp(seconds: 1_740_000_000 + seconds))
        default: try await machines[index].disk.setClock(nil)
        }
    }

    private mutating func chance(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &generator) < probability
    }

    // MARK: The way of a request

    private mutating func step(isHealthy: Bool) async throws {
        // Disks in memory never wait: without this, other tests would.
        await Task.yield()
        now.nanoseconds += 250_000_000
        for machine in machines { machine.disk.pass(.milliseconds(250)) }
        for index in machines.indices { try await act(index, isHealthy: isHealthy) }
        let due = messages.filter { $0.at <= now }
        messages.removeAll { $0.at <= now }
        for message in due { try await arrive(message, isHealthy: isHealthy) }
    }

    private mutating func act(_ index: Int, isHealthy: Bool) async throws {
        if let waiting = machines[index].waitingFor {
            guard now.since(waiting.since) > .seconds(8) else { return }
            machines[index].waitingFor = nil
            fail(index)
        }
        if machines[index].retry.wait(at: now) != nil { return }
        let last = machines[index].disk.lastSequence
        let action = machines[index].planner.next(
            last: last, registry: .init(epoch: "", revision: 0), at: now)
        let id = machines[index].id
        switch action {
        case .wait: return
        case .report:
            ask(index, .report, .report(machines[index].disk.epoch, id), isHealthy: isHealthy)
        case .send(let range):
            let batch = try await machines[index].disk.batch(range, limit: Self.batchLimit)
            ask(
                index, .rows(batch.range ?? range), .batch(BatchFormat.encode(batch), id),
                isHealthy: isHealthy)
        case .verify(let range):
            ask(
                index, .verifying(range), .verification(machines[index].disk.epoch, range, id),
                isHealthy: isHealthy)
        case .sendUpdates: try await sendUpdates(index, isHealthy: isHealthy)
        case .sendOperations: break
        case .exchangeSessions, .sendAudit, .sendFrames: break
        case .fetchSettings: machines[index].planner.settingsAreCurrent()
        case .fetchRegistry: machines[index].planner.registryIsCurrent()
        }
    }

    private mutating func fail(_ index: Int) {
        machines[index].planner.restart()
        machines[index].retry.failed(asked: nil, at: now, using: &generator)
    }

    private mutating func sendUpdates(_ index: Int, isHealthy: Bool) async throws {
        let machine = machines[index]
        guard let arrived = machine.planner.received else { return }
        let found = try await machine.disk.updates(
            after: machine.updatesMark, arrived: arrived, limit: Self.batchLimit)
        let isDone = found.updates.count < Self.batchLimit / 2
        guard !found.updates.isEmpty else {
            machines[index].updatesMark = found.through
            return machines[index].planner.updated(isDone: isDone, at: now)
        }
        let batch = SyncBatch(epoch: machine.disk.epoch, range: nil, updates: found.updates)
        ask(
            index, .updates(through: found.through, isDone: isDone),
            .batch(BatchFormat.encode(batch), machine.id), isHealthy: isHealthy)
    }

    private mutating func ask(_ index: Int, _ what: Said, _ kind: Message.Kind, isHealthy: Bool) {
        machines[index].waitingFor = (nextNumber, now, what)
        carry(Message(at: now, machine: index, number: nextNumber, kind: kind), isHealthy: isHealthy)
        nextNumber += 1
        report.requests += 1
    }

    private mutating func carry(_ message: Message, isHealthy: Bool) {
        guard !isHealthy else {
            messages.append(message)
            return
        }
        // A repeat may come long after: other requests have passed it by then.
        for _ in 0..<(chance(faults.repeats) ? 2 : 1) where !chance(faults.drops) {
            var copy = message
            copy.at = now.advanced(by: .milliseconds(Int64.random(in: 0...15_000, using: &generator)))
            if chance(0.7) { copy.at = now }
            messages.append(copy)
        }
    }

    private mutating func arrive(_ message: Message, isHealthy: Bool) async throws {
        var answer: SyncAnswer?
        switch message.kind {
        case .report(let epoch, let id): answer = try await central.answer(epoch, from: id)
        case .batch(let bytes, let id) where !isHealthy && chance(faults.cuts):
            report.cuts += 1
            let batch = try BatchFormat.decode(bytes)
            return try await central.losePower(receiving: batch, from: id, &generator)
        case .batch(let bytes, let id):
            answer = try? await central.receive(try BatchFormat.decode(bytes), from: id)
        case .verification(let epoch, let range, let id):
            let found = try await central.fingerprints(range, of: epoch, from: id)
            return carry(
                Message(
                    at: now, machine: message.machine, number: message.number,
                    kind: .fingerprints(epoch, found)), isHealthy: isHealthy)
        case .answer(let answer): return try await hear(answer, message)
        case .fingerprints(let epoch, let found): return try await hear(found, of: epoch, message)
        }
        carry(
            Message(at: now, machine: message.machine, number: message.number, kind: .answer(answer)),
            isHealthy: isHealthy)
    }

    /// What the worker does with an answer.
    private mutating func hear(_ answer: SyncAnswer?, _ message: Message) async throws {
        let index = message.machine
        guard let waiting = machines[index].waitingFor, waiting.number == message.number else { return }
        machines[index].waitingFor = nil
        guard let answer else {
            return fail(index)
        }
        let disk = machines[index].disk
        guard answer.epoch == disk.epoch.description else {
            machines[index].planner.restart()
            return
        }
        var contradicts = answer.conflicts > 0 || answer.received.upperBound > disk.lastSequence
        if let at = answer.witness?.sequence, let own = try await disk.fingerprints(at...at)[at] {
            contradicts = contradicts || own != answer.witness?.fingerprint
        }
        if contradicts { return try await beginAnew(index) }
        machines[index].planner.answered(answer, last: disk.lastSequence, at: now)
        machines[index].retry.succeeded()
        switch waiting.what {
        case .report: machines[index].planner.reported(at: now)
        case .rows(let range): machines[index].planner.sent(range, rows: range.count, at: now)
        case .verifying: break
        case .updates(let through, let isDone):
            machines[index].updatesMark = through
            machines[index].planner.updated(isDone: isDone, at: now)
        }
    }

    private mutating func hear(_ found: SyncFingerprints, of epoch: UniqueID, _ message: Message) async throws
    {
        let index = message.machine
        guard let waiting = machines[index].waitingFor, waiting.number == message.number,
            case .verifying(let range) = waiting.what
        else { return }
        machines[index].waitingFor = nil
        let disk = machines[index].disk
        if found.contradict(try await disk.fingerprints(range)) {
            try await beginAnew(index)
        } else {
            machines[index].planner.isVerified(range)
        }
    }

    private mutating func beginAnew(_ index: Int) async throws {
        report.contradictions += 1
        try await machines[index].disk.renewEpoch()
        machines[index].planner.beginAnew()
    }
}
