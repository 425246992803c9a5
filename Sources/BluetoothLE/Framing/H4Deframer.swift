/// Cuts a byte stream into H4 packets (Vol 4 Part A), whatever the chunks it arrives in.
///
/// H4 has no checksum and no marker: a wrong byte means that the place in the stream is lost. The
/// deframer then throws once and skips bytes until the answer to a Reset passes by, which the host
/// has to send; this is the recovery of Vol 4 Part A 4. It holds at most one packet of
/// `maximumPacketByteCount` and the chunk last appended.
package struct H4Deframer: Sendable {
    /// A packet: its kind, and its bytes without the indicator.
    package struct Packet: Hashable, Sendable {
        package var indicator: H4Indicator
        package var bytes: ArraySlice<UInt8>
    }

    /// Why the place in the stream was lost.
    package enum Failure: Error, Hashable, Sendable {
        case unknownIndicator(UInt8)
        /// A length beyond `maximumPacketByteCount`: no scanner is sent such a packet.
        case packetTooLong(byteCount: Int)
        /// The answer to a Reset did not pass by within `maximumSkippedByteCount`.
        case resetAnswerMissing
    }

    package static let maximumPacketByteCount = 4096
    package static let maximumSkippedByteCount = 65_536

    private var buffer: [UInt8] = []
    private var position = 0
    private var isSearching = false
    private var skippedSinceLoss = 0

    /// Bytes that were skipped to find the place again, since the start.
    package private(set) var skippedByteCount: UInt64 = 0

    package init() {}

    /// Adds what was read from the stream. Take the packets out with `next` before adding more:
    /// a packet that is still held costs a copy of the buffer.
    package mutating func append(_ chunk: ArraySlice<UInt8>) {
        if position > 0 {
            buffer.removeSubrange(..<position)
            position = 0
        }
        buffer.append(contentsOf: chunk)
    }

    /// The next whole packet; nil when more bytes are needed.
    package mutating func next() throws(Failure) -> Packet? {
        if isSearching, try !findResetAnswer() { return nil }
        guard position < buffer.count else { return nil }
        guard let indicator = H4Indicator(rawValue: buffer[position]) else {
            throw lose(.unknownIndicator(buffer[position]))
        }
        let headerEnd = position + 1 + indicator.headerByteCount
        guard headerEnd <= buffer.count else { return nil }
        let payload = indicator.payloadByteCount(header: buffer[(position + 1)..<headerEnd])
        let end = headerEnd + payload
        guard end - position <= Self.maximumPacketByteCount else {
            throw lose(.packetTooLong(byteCount: end - position))
        }
        guard end <= buffer.count else { return nil }
        defer { position = end }
        return Packet(indicator: indicator, bytes: buffer[(position + 1)..<end])
    }

    private mutating func lose(_ failure: Failure) -> Failure {
        isSearching = true
        skippedSinceLoss = 0
        return failure
    }

    /// Skips to Command Complete for Reset: `04 0E 04 NN 03 0C SS`. False while it has not come.
    private mutating func findResetAnswer() throws(Failure) -> Bool {
        let byteCount = 7
        while position + byteCount <= buffer.count {
            if isResetAnswer(at: position) {
                isSearching = false
                return true
            }
            position += 1
            skippedByteCount += 1
            skippedSinceLoss += 1
            guard skippedSinceLoss < Self.maximumSkippedByteCount else {
                throw lose(.resetAnswerMissing)
            }
        }
        return false
    }

    private func isResetAnswer(at index: Int) -> Bool {
        buffer[index] == H4Indicator.event.rawValue
            && buffer[index + 1] == HCIEventCode.commandComplete
            && buffer[index + 2] == 4
            && buffer[index + 4] == UInt8(truncatingIfNeeded: HCIOpcode.reset.rawValue)
            && buffer[index + 5] == UInt8(truncatingIfNeeded: HCIOpcode.reset.rawValue >> 8)
    }
}
