/// `datr` together with the modulation that its form implies.
package enum DataRate: Hashable, Sendable, CustomStringConvertible {
    /// Spreading factor 5 to 12; bandwidth in kHz.
    case lora(spreadingFactor: UInt8, bandwidth: UInt16)
    /// Bits per second.
    case fsk(bitRate: UInt32)
    /// As the forwarder spells it, upper case: `M0CW137`.
    case lrFHSS(String)

    /// Reads `SF7BW125` in any case (`SF12Bw125` has been met), LR-FHSS names such as `M0CW137`,
    /// and a bit rate that was sent as a string.
    package init?(_ text: String) {
        var rest = text.utf8[...]
        if let factor = Self.number(after: "sf", in: &rest), (5...12).contains(factor),
            let bandwidth = Self.number(after: "bw", in: &rest), bandwidth > 0, rest.isEmpty
        {
            self = .lora(spreadingFactor: UInt8(factor), bandwidth: bandwidth)
            return
        }
        rest = text.utf8[...]
        if Self.number(after: "m", in: &rest) != nil, Self.number(after: "cw", in: &rest) != nil,
            rest.isEmpty
        {
            self = .lrFHSS(text.uppercased())
        } else if let bitRate = UInt32(text), bitRate > 0 {
            self = .fsk(bitRate: bitRate)
        } else {
            return nil
        }
    }

    /// Consumes a lower-case prefix, in any case, and the digits behind it.
    private static func number(after prefix: String, in rest: inout Substring.UTF8View) -> UInt16? {
        for letter in prefix.utf8 {
            guard let first = rest.popFirst(), first | 0x20 == letter else { return nil }
        }
        var value: UInt16?
        while let digit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            let (tens, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
            guard !overflow, tens <= UInt16.max - 9 else { return nil }
            value = tens + UInt16(digit - UInt8(ascii: "0"))
            rest.removeFirst()
        }
        return value
    }

    /// `SF7BW125`, `FSK50000`, or the LR-FHSS name.
    package var description: String {
        switch self {
        case .lora(let factor, let bandwidth): "SF\(factor)BW\(bandwidth)"
        case .fsk(let bitRate): "FSK\(bitRate)"
        case .lrFHSS(let name): name
        }
    }
}
