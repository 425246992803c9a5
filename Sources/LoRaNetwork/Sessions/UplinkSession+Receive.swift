package import LoRaWAN

extension UplinkSession {
    /// Verifies, opens and judges an uplink that carries this session's address.
    ///
    /// The counter that the 16 bits stand for is tried first. Only when its MIC is wrong are the
    /// values tried that an old frame would have: the same bits one wrap earlier, and the bare
    /// 16 bits, which a device that has started again sends. `radio` matters to a 1.1 MIC only.
    package mutating func receive(_ frame: DataFrame, radio: UplinkRadio? = nil) -> UplinkOutcome {
        guard frame.direction == .up, frame.devAddr == devAddr else { return .micMismatch }
        return receive(frame, radio: radio, .next) ?? receive(frame, radio: radio, .old) ?? .micMismatch
    }

    /// Nil when none of the attempt's counters gives the MIC.
    mutating func receive(_ frame: DataFrame, radio: UplinkRadio?, _ attempt: Attempt) -> UplinkOutcome? {
        let next = nextCounter(for: frame)
        switch attempt {
        case .likely, .next:
            return verify(frame, counter: next, radio: radio) ? judge(frame, counter: next) : nil
        case .old:
            for old in oldCounters(before: next, wire: frame.counter)
            where verify(frame, counter: old, radio: radio) {
                return judgeOld(frame, counter: old)
            }
            return nil
        }
    }

    /// Whether the attempt is this session's: each frame is tried once as a next one.
    func isWorth(_ attempt: Attempt, _ frame: DataFrame) -> Bool {
        let expected = lastCounter.map { $0.wire &+ 1 } ?? 0
        let isNear = frame.counter &- expected < 64 || frame.counter == expected &- 1
        return switch attempt {
        case .likely: isNear
        case .next: !isNear
        case .old: true
        }
    }

    private func nextCounter(for frame: DataFrame) -> FrameCounter {
        switch counterWidth {
        case .bits16: FrameCounter(rawValue: UInt32(frame.counter))
        case .bits32:
            FrameCounter.reconstruct(
                wire: frame.counter,
                expected: FrameCounter(rawValue: lastCounter.map { $0.rawValue &+ 1 } ?? 0))
        }
    }

    private func oldCounters(before next: FrameCounter, wire: UInt16) -> [FrameCounter] {
        guard counterWidth == .bits32, lastCounter != nil, next.rawValue > UInt16.max else { return [] }
        let earlier = FrameCounter(rawValue: next.rawValue - 0x1_0000)
        let bare = FrameCounter(rawValue: UInt32(wire))
        return earlier == bare ? [bare] : [earlier, bare]
    }

    private mutating func judge(_ frame: DataFrame, counter: FrameCounter) -> UplinkOutcome {
        guard let last = lastCounter else { return accept(frame, counter: counter) }
        if counter == last {
            return isRepetition(frame)
                ? .retransmission(open(frame, counter: counter)) : judgeOld(frame, counter: counter)
        }
        guard isAhead(counter, of: last) else { return judgeOld(frame, counter: counter) }
        if let maximumGap, counter.rawValue &- last.rawValue > maximumGap { return .gapTooLarge(counter) }
        return accept(frame, counter: counter)
    }

    private mutating func judgeOld(_ frame: DataFrame, counter: FrameCounter) -> UplinkOutcome {
        // A device that starts again counts from zero, so only the bare 16 bits can be a reset.
        guard resetPolicy == .allow, counter.rawValue <= UInt16.max else {
            return .stale(open(frame, counter: counter))
        }
        return accept(frame, counter: counter, isCounterReset: true)
    }

    private func isAhead(_ counter: FrameCounter, of last: FrameCounter) -> Bool {
        switch counterWidth {
        case .bits32: counter > last
        case .bits16: counter.wire &- last.wire < 0x8000
        }
    }

    private mutating func accept(
        _ frame: DataFrame, counter: FrameCounter, isCounterReset: Bool = false
    ) -> UplinkOutcome {
        lastCounter = counter
        lastMark = mark(of: frame)
        return .accepted(open(frame, counter: counter, isCounterReset: isCounterReset))
    }

    private func open(
        _ frame: DataFrame, counter: FrameCounter, isCounterReset: Bool = false
    ) -> OpenedUplink {
        OpenedUplink(opening: frame, keys: keys, counter: counter, isCounterReset: isCounterReset)
    }

    private func isRepetition(_ frame: DataFrame) -> Bool {
        lastMark.map { $0 == mark(of: frame) } ?? true
    }

    /// The part of the MIC that is the same when a device repeats a frame on another channel.
    private func mark(of frame: DataFrame) -> UInt32 {
        keys.version == .v10 ? frame.mic.rawValue : frame.mic.rawValue >> 16
    }
}

/// In which order a frame is tried with the sessions that have its address.
enum Attempt: CaseIterable {
    /// The counter follows the last one closely, or is the same.
    case likely
    /// Any counter ahead.
    case next
    /// Counters that were passed.
    case old
}
