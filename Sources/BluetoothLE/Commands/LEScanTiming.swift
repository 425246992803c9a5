/// How often and for how long a scanner listens, in units of 0.625 ms (Vol 4 Part E 7.8.10).
package struct LEScanTiming: Hashable, Sendable {
    package let interval: UInt16
    package let window: UInt16

    /// Continuous listening: the window is as long as the interval (60 ms), so that no airtime is
    /// lost and the channel changes about sixteen times a second.
    package static let continuous = LEScanTiming(unchecked: 0x0060, window: 0x0060)

    /// Nil unless 0x0004 <= window <= interval <= 0x4000.
    package init?(interval: UInt16, window: UInt16) {
        guard (0x0004...0x4000).contains(interval), (0x0004...interval).contains(window) else {
            return nil
        }
        self.init(unchecked: interval, window: window)
    }

    private init(unchecked interval: UInt16, window: UInt16) {
        self.interval = interval
        self.window = window
    }
}
