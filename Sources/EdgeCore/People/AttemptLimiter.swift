import EdgeModel
import Synchronization

/// Bounds how often a secret may be tried, on the monotonic clock. An attempt counts from when it
/// begins until it proves good, so that many at once are no way around.
final class AttemptLimiter: Sendable {
    static let limit = 10
    static let window = Duration.seconds(60)
    /// More names than this at once are not told apart any longer: those least used begin afresh.
    private static let capacity = 10_000

    private let attempts = Mutex<[String: [MonotonicInstant]]>([:])

    /// Counts an attempt against each name. Throws `rateLimited`, and counts nothing, when one of
    /// them has had its share.
    func begin(_ names: [String], at now: MonotonicInstant) throws {
        let wait = attempts.withLock { attempts -> Duration? in
            if attempts.count > Self.capacity {
                attempts = attempts.filter {
                    $0.value.count >= Self.limit / 2 && Self.isRecent($0.value, now)
                }
            }
            for name in names {
                attempts[name]?.removeAll { now.since($0) >= Self.window }
                if attempts[name]?.isEmpty == true { attempts[name] = nil }
            }
            let waits = names.compactMap { name -> Duration? in
                guard let made = attempts[name], made.count >= Self.limit else { return nil }
                return Self.window - now.since(made[0])
            }
            if let longest = waits.max() { return longest }
            for name in names { attempts[name, default: []].append(now) }
            return nil
        }
        guard let wait else { return }
        throw EdgeError(
            .rateLimited, "Too many failed attempts",
            retryAfterSeconds: max(1, Int((wait.microseconds + 999_999) / 1_000_000)))
    }

    /// Takes back what `begin` counted at that instant.
    func succeeded(_ names: [String], at began: MonotonicInstant) {
        attempts.withLock { attempts in
            for name in names {
                guard let index = attempts[name]?.lastIndex(of: began) else { continue }
                attempts[name]?.remove(at: index)
                if attempts[name]?.isEmpty == true { attempts[name] = nil }
            }
        }
    }

    private static func isRecent(_ made: [MonotonicInstant], _ now: MonotonicInstant) -> Bool {
        made.last.map { now.since($0) < window } ?? false
    }
}
