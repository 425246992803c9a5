/// A value and when it is due, counted from the start of the simulation.
package struct Timed<Value: Sendable>: Sendable {
    package var due: Duration
    package var value: Value

    package init(due: Duration, value: Value) {
        self.due = due
        self.value = value
    }
}

/// How the due times of a sequence are turned into waiting.
package enum Pace: Hashable, Sendable {
    /// As due, `speed` times as fast. Above 0.
    case original(speed: Double = 1)
    /// At an even rate, whatever the due times are. Above 0.
    case rate(perSecond: Double)
    /// Without waiting: as fast as the receiver takes them.
    case unlimited

    /// When the element number `index`, due at `due`, is to be sent.
    func time(of due: Duration, index: Int) -> Duration {
        switch self {
        case .original(let speed): due / max(speed, .leastNormalMagnitude)
        case .rate(let perSecond): .seconds(Double(index) / max(perSecond, .leastNormalMagnitude))
        case .unlimited: .zero
        }
    }
}
