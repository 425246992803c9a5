/// Reads the forms of time that clients send.
///
/// RFC 3339 with `Z` or an offset and up to nine digits of fraction; the same without a zone, which
/// is UTC; a date alone, which is its first moment; seconds since 1970, with a fraction or not.
package enum TimeText {
    /// Nil for anything else.
    package static func parse(_ text: some StringProtocol) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard (1...40).contains(bytes.count) else { return nil }
        return bytes.count > 4 && bytes[4] == UInt8(ascii: "-") && bytes[0] != UInt8(ascii: "-")
            ? calendar(bytes) : epoch(String(text))
    }

    private static func epoch(_ text: String) -> Timestamp? {
        if let seconds = Int64(text) {
            guard abs(seconds) <= 253_402_300_799 else { return nil }
            return Timestamp(seconds: seconds)
        }
        guard
            text.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || digit($0) != nil }),
            let seconds = Double(text), abs(seconds) <= 253_402_300_799
        else { return nil }
        return Timestamp(microseconds: Int64((seconds * 1_000_000).rounded()))
    }

    private static func calendar(_ bytes: [UInt8]) -> Timestamp? {
        var reader = Reader(bytes: bytes)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2)
        else { return nil }
        var civil = CivilTime(year: year, month: month, day: day)
        guard !reader.isAtEnd else { return civil.timestamp }
        guard reader.take("T") || reader.take("t") || reader.take(" "), let hour = reader.number(2),
            reader.take(":"), let minute = reader.number(2), reader.take(":"), let second = reader.number(2)
        else { return nil }
        (civil.hour, civil.minute, civil.second) = (hour, minute, second)
        if reader.take(".") {
            guard let fraction = reader.fraction() else { return nil }
            civil.microsecond = fraction
        }
        guard let offset = reader.offsetMinutes(), reader.isAtEnd, let time = civil.timestamp else {
            return nil
        }
        return time.advanced(byMicroseconds: -Int64(offset) * 60_000_000)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(truncatingIfNeeded: character.value)
            else { return false }
            position += 1
            return true
        }

        mutating func number(_ digits: Int) -> Int? {
            guard position + digits <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[position..<position + digits] {
                guard let digit = TimeText.digit(byte) else { return nil }
                value = value * 10 + digit
            }
            position += digits
            return value
        }

        /// One to nine digits, as microseconds.
        mutating func fraction() -> Int? {
            var (value, digits) = (0, 0)
            while position < bytes.count, let digit = TimeText.digit(bytes[position]) {
                if digits < 6 { value = value * 10 + digit }
                digits += 1
                position += 1
            }
            guard (1...9).contains(digits) else { return nil }
            for _ in min(digits, 6)..<6 { value *= 10 }
            return value
        }

        /// `Z`, `+hh:mm`, `-hh:mm`, or nothing, which is UTC.
        mutating func offsetMinutes() -> Int? {
            if isAtEnd || take("Z") || take("z") { return 0 }
            // A `+` that was not encoded in a query arrives as a blank.
            let sign = take("-") ? -1 : (take("+") || take(" ")) ? 1 : 0
            guard sign != 0, let hours = number(2) else { return nil }
            _ = take(":")
            guard let minutes = number(2), hours <= 23, minutes <= 59 else { return nil }
            return sign * (hours * 60 + minutes)
        }
    }
}
