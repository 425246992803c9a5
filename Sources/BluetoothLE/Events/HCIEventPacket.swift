/// An event as it travels (Vol 4 Part E 5.4.4): code, length, parameters.
package struct HCIEventPacket: Hashable, Sendable {
    package var code: UInt8  // Event_Code
    package var parameters: ArraySlice<UInt8>  // Parameter_Total_Length, Event_Parameters

    /// At most 255 bytes of `parameters` are kept: the length is one byte.
    package init(code: UInt8, parameters: ArraySlice<UInt8>) {
        self.code = code
        self.parameters = parameters.prefix(255)
    }

    /// Reads an event without its H4 indicator. Throws when the length byte does not fit the bytes.
    package init(decoding bytes: ArraySlice<UInt8>) throws(MalformedHCI) {
        guard bytes.count >= 2 else { throw .truncated }
        let start = bytes.startIndex
        guard bytes.count == 2 + Int(bytes[start + 1]) else { throw .lengthMismatch }
        code = bytes[start]
        parameters = bytes[(start + 2)...]
    }

    /// The event with its H4 indicator 0x04 in front.
    package var h4Packet: [UInt8] {
        [H4Indicator.event.rawValue, code, UInt8(truncatingIfNeeded: parameters.count)] + parameters
    }
}
