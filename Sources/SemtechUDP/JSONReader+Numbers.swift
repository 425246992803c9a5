extension JSONReader {
    /// A number: ± digits × 10^exponent.
    struct Number {
        var isNegative = false
        /// The first nineteen significant digits.
        var digits: UInt64 = 0
        var exponent = 0

        /// The nearest double, infinite beyond the range; nil for what only looks like a number.
        var double: Double?

        /// The exact integer; nil when there is a fraction or it does not fit.
        var integer: Int64? {
            var magnitude = digits
            var rest = exponent
            while rest > 0, magnitude != 0 {
                let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                magnitude = product
                rest -= 1
            }
            while rest < 0, magnitude != 0 {
                guard magnitude % 10 == 0 else { return nil }
                magnitude /= 10
                rest += 1
            }
            return isNegative ? Int64(exactly: magnitude).map { -$0 } : Int64(exactly: magnitude)
        }

        /// The nearest double where one division or multiplication gives it, which is the case for
        /// up to 2^53 and ten to the ±22: everything that a forwarder prints with decimals.
        fileprivate var exactDouble: Double? {
            guard digits <= 1 << 53, (-22...22).contains(exponent) else { return nil }
            let power = Self.powers[Int(exponent.magnitude)]
            let magnitude = exponent < 0 ? Double(digits) / power : Double(digits) * power
            return isNegative ? -magnitude : magnitude
        }

        /// 10^0 to 10^22, all of them exact.
        private static let powers: [Double] = [
            1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
            1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
        ]
    }

    /// A number value; nil, and skipped, when the value is of another kind.
    mutating func number() throws(SyntaxError) -> Number? {
        guard let first = peek(), first == UInt8(ascii: "-") || isDigit(first) else {
            try skipValue()
            return nil
        }
        var number = Number()
        let start = index
        if take(UInt8(ascii: "-")) {
            number.isNegative = true
            guard index < bytes.count, isDigit(bytes[index]) else {
                skipWord()
                return nil
            }
        }
        readDigits(into: &number, isFraction: false)
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            readDigits(into: &number, isFraction: true)
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            readExponent(into: &number)
        }
        // 1e400 is a number that no receiver measures and no double holds.
        let double = number.exactDouble ?? Double(String(decoding: bytes[start..<index], as: UTF8.self))
        number.double = double.flatMap { $0.isFinite ? $0 : nil }
        return number
    }

    private mutating func readDigits(into number: inout Number, isFraction: Bool) {
        while index < bytes.count, isDigit(bytes[index]) {
            // Nineteen digits always fit into 64 bits; what follows only moves the point.
            if number.digits < 1_000_000_000_000_000_000 {
                number.digits = number.digits * 10 + UInt64(bytes[index] - UInt8(ascii: "0"))
                if isFraction { number.exponent -= 1 }
            } else if !isFraction {
                number.exponent += 1
            }
            index += 1
        }
    }

    private mutating func readExponent(into number: inout Number) {
        var isNegative = false
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
            isNegative = bytes[index] == UInt8(ascii: "-")
            index += 1
        }
        var exponent = 0
        while index < bytes.count, isDigit(bytes[index]) {
            exponent = min(exponent * 10 + Int(bytes[index] - UInt8(ascii: "0")), 100_000)
            index += 1
        }
        number.exponent += isNegative ? -exponent : exponent
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
