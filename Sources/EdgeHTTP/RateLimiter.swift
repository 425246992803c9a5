import EdgeModel
import Synchronization

/// Counts requests against limits, on the monotonic clock. A request that is refused costs nothing.
final class RateLimiter: Sendable {
    /// What the headers of a response say.
    struct Standing: Sendable {
        var limit: Int
        var remaining: Int
        /// Unix time, in seconds, when `remaining` is `limit` again.
        var reset: Int64
        /// When refused: until a request would pass.
        var retryAfterSeconds: Int?
    }

    private struct Key: Hashable {
        var owner: String
        var route: String
    }

    private struct Level {
        var tokens: Double
        var at: MonotonicInstant
    }

    /// More owners and routes than this at once begin afresh.
    private static let capacity = 20_000
    private let levels = Mutex<[Key: Level]>([:])

    /// Takes a token from both buckets, or from none. `isExempt` counts, and never refuses.
    func admit(
        owner: String, route: String, limits: RateLimits, at now: ClockReading, isExempt: Bool
    ) -> Standing {
        levels.withLock { levels in
            if levels.count > Self.capacity { levels = [:] }
            let (routeKey, ownerKey) = (Key(owner: owner, route: route), Key(owner: owner, route: ""))
            var onRoute = Self.refilled(levels[routeKey], limits.route, at: now.monotonic)
            var inAll = Self.refilled(levels[ownerKey], limits.organization, at: now.monotonic)
            var wait: Double?
            if (onRoute.tokens >= 1 && inAll.tokens >= 1) || isExempt {
                onRoute.tokens = max(0, onRoute.tokens - 1)
                inAll.tokens = max(0, inAll.tokens - 1)
            } else {
                wait = max(
                    (1 - onRoute.tokens) / limits.route.perSecond,
                    (1 - inAll.tokens) / limits.organization.perSecond)
            }
            levels[routeKey] = onRoute
            levels[ownerKey] = inAll
            return Self.standing(onRoute, limits.route, at: now.wall, wait: wait)
        }
    }

    private static func refilled(_ level: Level?, _ bucket: RateLimits.Bucket, at now: MonotonicInstant)
        -> Level
    {
        guard let level else { return Level(tokens: bucket.capacity, at: now) }
        let seconds = Double(now.since(level.at).microseconds) / 1_000_000
        return Level(tokens: min(bucket.capacity, level.tokens + seconds * bucket.perSecond), at: now)
    }

    private static func standing(
        _ level: Level, _ bucket: RateLimits.Bucket, at now: Timestamp, wait: Double?
    )
        -> Standing
    {
        let limit = bucket.perSecond
        let untilFull = max(0, (limit - level.tokens) / bucket.perSecond)
        return Standing(
            limit: Int(limit), remaining: min(Int(limit), Int(level.tokens)),
            reset: now.seconds + Int64(untilFull.rounded(.up)),
            retryAfterSeconds: wait.map { max(1, Int($0.rounded(.up))) })
    }
}
