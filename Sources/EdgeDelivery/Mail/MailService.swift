import CoreMetrics
import EdgeModel
package import EdgeStore
package import Logging
import NIOCore
import ServiceLifecycle

/// Hands the letters that wait in the store to the mail server, one after another.
///
/// What a server has taken is never handed over again, unless the process is killed between its word and
/// the commit: the letter then has the same Message-ID. A letter waits while nobody knows the time, as it
/// is dated and certificates are.
package struct MailService: Service {
    private let store: Store
    private let options: MailOptions
    private let resolver = AddressResolver()
    private let logger: Logger
    private let metrics = MailMetrics()

    /// Letters that are looked at at once.
    private static let limit = 1_000
    private static let storePause = Duration.seconds(1)
    private static let timePause = Duration.seconds(5)
    /// Also when nothing changes: invitations end.
    private static let longestPause = Duration.seconds(3_600)

    package init(store: Store, options: MailOptions, logger: Logger) {
        self.store = store
        self.options = options
        self.logger = logger
    }

    package func run() async throws {
        let stop = StopFlag()
        resolver.start()
        await withGracefulShutdownHandler {
            await withTaskGroup { group in
                group.addTask { await self.work(until: stop) }
                group.addTask { await self.untilGraceEnds(stop) }
                await group.next()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            stop.raise()
            store.mailChanges.raise()
        }
        resolver.shutDown()
        try await gracefulShutdown()
    }

    private func work(until stop: StopFlag) async {
        var schedule = MailSchedule(policy: options.retry, attemptLimit: options.attemptLimit)
        var isInTrouble = false
        while true {
            // Looked at first, so that no letter falls between the look and the waiting.
            let seen = store.mailChanges.count
            guard !stop.isRaised, !Task.isCancelled else { return }
            do {
                try await step(&schedule, seen)
                isInTrouble = false
            } catch {
                guard !Task.isCancelled, !(error is CancellationError) else { return }
                if !isInTrouble {
                    logger.error("letters wait for the store", metadata: ["error": "\(error)"])
                }
                isInTrouble = true
                try? await Task.sleep(for: Self.storePause)
            }
        }
    }

    private func step(_ schedule: inout MailSchedule, _ seen: UInt64) async throws {
        let now = store.clock.now()
        guard store.clock.quality(of: now.wall) != .none else {
            return await store.mailChanges.wait(after: seen, atMost: Self.timePause)
        }
        let letters = try await store.waitingMail(at: now.wall, limit: Self.limit)
        switch schedule.next(of: letters, at: now.monotonic) {
        case .wait(let moment):
            let pause = moment.map { min($0.since(now.monotonic), Self.longestPause) }
            await store.mailChanges.wait(after: seen, atMost: pause ?? Self.longestPause)
        case .send(let letter): try await send(letter, &schedule)
        }
    }

    private func send(_ letter: WaitingMail, _ schedule: inout MailSchedule) async throws {
        guard let mail = try await store.mail(letter.id) else { return }
        let message = MailMessage(
            mail: mail, sender: options.sender, id: letter.id, date: store.clock.now().wall)
        let connection = SMTPConnection(options: options, resolver: resolver)
        let (attempt, open) = try await connection.hand(message)
        metrics.count(attempt)
        var generator = SystemRandomNumberGenerator()
        let wasInTrouble = schedule.isInTrouble
        let state = schedule.ended(letter, attempt, at: store.clock.now().monotonic, using: &generator)
        tell(attempt, state, of: letter, wasInTrouble)
        do {
            try await record(state, of: letter)
        } catch {
            try? await open?.close()
            throw error
        }
        if let open { await connection.leave(open) }
    }

    private func tell(
        _ attempt: MailAttempt, _ state: MailState, of letter: WaitingMail, _ wasInTrouble: Bool
    ) {
        if case .failed(let reason) = attempt {
            if !wasInTrouble {
                logger.warning("the mail server takes no letters", metadata: ["reason": "\(reason)"])
            }
        } else if wasInTrouble {
            logger.info("the mail server takes letters again")
        }
        if case .failed(let reason) = state {
            metrics.dead.increment()
            logger.error(
                "a letter was given up", metadata: ["mail.id": "\(letter.id)", "reason": "\(reason)"])
        }
    }

    /// Until it is kept: what a server has taken must not be handed over again because a disk is full.
    private func record(_ state: MailState, of letter: WaitingMail) async throws {
        var isInTrouble = false
        while true {
            do {
                return try await store.recordMail(letter.id, state, at: store.clock.now().wall)
            } catch {
                try Task.checkCancellation()
                if !isInTrouble {
                    logger.error(
                        "what became of a letter waits for the store", metadata: ["error": "\(error)"])
                }
                isInTrouble = true
                try await Task.sleep(for: Self.storePause)
            }
        }
    }

    private func untilGraceEnds(_ stop: StopFlag) async {
        var seen = store.mailChanges.count
        while !stop.isRaised, !Task.isCancelled {
            await store.mailChanges.wait(after: seen)
            seen = store.mailChanges.count
        }
        try? await Task.sleep(for: options.grace)
    }
}
