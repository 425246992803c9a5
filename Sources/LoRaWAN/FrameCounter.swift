/// The 32-bit frame counter, of which a frame carries the 16 least significant bits.
package struct FrameCounter: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// What the frame carries.
    package var wire: UInt16 { UInt16(truncatingIfNeeded: rawValue) }

    /// The full counter for the 16 bits of a frame, when `expected` is the one that should come
    /// next: the first value from `expected` on with these bits, so that up to 65,535 lost frames
    /// are bridged. The value before `expected` is recognised as a repetition of the last frame.
    /// Wraps at 2^32.
    ///
    /// `expected` 0 stands for a session in which nothing was received: nothing can repeat.
    package static func reconstruct(wire: UInt16, expected: FrameCounter) -> FrameCounter {
        let last = expected.rawValue &- 1
        if expected.rawValue > 0, wire == UInt16(truncatingIfNeeded: last) {
            return FrameCounter(rawValue: last)
        }
        let ahead = wire &- expected.wire
        return FrameCounter(rawValue: expected.rawValue &+ UInt32(ahead))
    }

    package static func < (a: FrameCounter, b: FrameCounter) -> Bool { a.rawValue < b.rawValue }

    package var description: String { String(rawValue) }
}
