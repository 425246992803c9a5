import EdgeDelivery
import EdgeModel

/// What is asked of an upstream. Each kind of request fails, and is tried again, by itself; the first that
/// fails is what is shown.
package enum UpstreamRequest: Int, CaseIterable, Comparable, Sendable {
    /// Signing in, and learning what the other side has: without it nothing else is asked.
    case contact
    case rows, verification, report, updates, settings, operations, registry, sessions, audit, frames

    package static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
}

/// Why an attempt has failed.
enum UpstreamFailure: Error, Hashable {
    /// It is made again after a pause, and not before what the other side asks for.
    case failed(String, asked: Duration? = nil)
    /// The other side does not know this gateway, or not any more: there is no hurry.
    case refused(String)
    /// What was sent is not taken, however often it is sent.
    case rejected(String)

    var reason: String {
        switch self {
        case .failed(let reason, _), .refused(let reason), .rejected(let reason): reason
        }
    }
}

/// Which kinds of requests fail at an upstream, and when each is made again: a value that is told what
/// happened.
struct UpstreamTroubles: Sendable {
    private struct Trouble {
        var schedule: RetrySchedule
        var failure: UpstreamFailure
    }

    private let policy: RetryPolicy
    private var troubles: [UpstreamRequest: Trouble] = [:]

    init(policy: RetryPolicy) { self.policy = policy }

    /// What is shown of it all; nil when nothing fails.
    var worst: UpstreamFailure? { troubles.min { $0.key < $1.key }?.value.failure }

    /// Kinds of requests that are not made before these moments.
    func held(at now: MonotonicInstant) -> [UpstreamRequest: MonotonicInstant] {
        troubles.compactMapValues { $0.schedule.wait(at: now) }
    }

    func failures(of request: UpstreamRequest) -> Int { troubles[request]?.schedule.failures ?? 0 }

    /// True when nothing has failed for this reason yet.
    mutating func failed(
        _ request: UpstreamRequest, _ failure: UpstreamFailure, at now: MonotonicInstant,
        using generator: inout some RandomNumberGenerator
    ) -> Bool {
        var schedule = troubles[request]?.schedule ?? RetrySchedule(policy: policy)
        let asked: Duration? =
            switch failure {
            case .failed(_, let asked): asked
            case .refused: policy.longest
            case .rejected: nil
            }
        schedule.failed(asked: asked, at: now, using: &generator)
        let isNews = !troubles.values.contains { $0.failure.reason == failure.reason }
        troubles[request] = Trouble(schedule: schedule, failure: failure)
        return isNews
    }

    /// It went well, or there is nothing to ask any more. True when it failed before.
    mutating func ended(_ request: UpstreamRequest) -> Bool {
        troubles.removeValue(forKey: request) != nil
    }
}
