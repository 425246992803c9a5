/// Whose an EID may be: a device, and the counter that gives it this EID.
package struct EphemeralIDCandidate: Hashable, Sendable {
    package let deviceIndex: Int32
    package let counter: TimeCounter
    package let source: TimeCounter.Source
    /// Version 2 only.
    package let exponent: PeriodExponent?

    init(
        deviceIndex: Int32, counter: TimeCounter, source: TimeCounter.Source,
        exponent: PeriodExponent? = nil
    ) {
        self.deviceIndex = deviceIndex
        self.counter = counter
        self.source = source
        self.exponent = exponent
    }

    /// The counter as the official clients report it: the day, or the place in the pool.
    package var reportedCounter: UInt32 { counter.rawValue >> (exponent?.rawValue ?? 0) }
}
