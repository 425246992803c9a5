/// A channel of a device: where it sends, and how fast it may.
package struct Channel: Hashable, Sendable {
    /// Hertz of uplinks.
    package var frequency: UInt32
    /// Hertz of RX1 where DlChannelReq has set it; 0 follows the region's rule.
    package var downlinkFrequency: UInt32 = 0
    package var minimumDataRate: UInt8
    package var maximumDataRate: UInt8

    package init(frequency: UInt32, dataRates: ClosedRange<UInt8>, downlinkFrequency: UInt32 = 0) {
        self.frequency = frequency
        self.downlinkFrequency = downlinkFrequency
        minimumDataRate = dataRates.lowerBound
        maximumDataRate = dataRates.upperBound
    }
}

/// Which of up to 128 channels are in use.
package struct ChannelMask: Hashable, Sendable {
    package var low: UInt64 = 0
    package var high: UInt64 = 0

    package init() {}

    package init(_ channels: some Sequence<Int>) {
        for channel in channels { self[channel] = true }
    }

    package subscript(channel: Int) -> Bool {
        get {
            switch channel {
            case 0..<64: low >> UInt64(channel) & 1 == 1
            case 64..<128: high >> UInt64(channel - 64) & 1 == 1
            default: false
            }
        }
        set {
            switch channel {
            case 0..<64: low = low & ~(1 << UInt64(channel)) | (newValue ? 1 : 0) << UInt64(channel)
            case 64..<128:
                high = high & ~(1 << UInt64(channel - 64)) | (newValue ? 1 : 0) << UInt64(channel - 64)
            default: break
            }
        }
    }

    /// Channels `16 * number` to `16 * number + 15`.
    package subscript(block number: Int) -> UInt16 {
        get {
            switch number {
            case 0..<4: UInt16(truncatingIfNeeded: low >> UInt64(16 * number))
            case 4..<8: UInt16(truncatingIfNeeded: high >> UInt64(16 * (number - 4)))
            default: 0
            }
        }
        set {
            let bits = UInt64(newValue)
            switch number {
            case 0..<4: low = low & ~(0xFFFF << UInt64(16 * number)) | bits << UInt64(16 * number)
            case 4..<8:
                let shift = UInt64(16 * (number - 4))
                high = high & ~(0xFFFF << shift) | bits << shift
            default: break
            }
        }
    }

    package var isEmpty: Bool { low == 0 && high == 0 }
    package var count: Int { low.nonzeroBitCount + high.nonzeroBitCount }
}
