/// An amount of money, exact: hundredths of the currency's unit.
package struct Money: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let hundredths: Int64

    package init(hundredths: Int64) { self.hundredths = hundredths }

    package static let zero = Money(hundredths: 0)

    /// The largest price: so many times `DeviceSet.limit`, it still is a number of 64 bits.
    package static let priceLimit = Money(hundredths: 100_000_000_000)

    /// Digits, and one or two more behind a point: `12`, `12.5`, `12.50`. Nil for anything else, and for
    /// more than `priceLimit`.
    package init?(price text: some StringProtocol) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? parts[1] : "0"
        func isNumber(_ part: some StringProtocol, _ length: ClosedRange<Int>) -> Bool {
            length.contains(part.utf8.count) && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
        guard let first = parts.first, isNumber(first, 1...10), isNumber(decimals, 1...2),
            let units = Int64(first), let rest = Int64(decimals)
        else { return nil }
        hundredths = units * 100 + (decimals.utf8.count == 1 ? rest * 10 : rest)
        guard self <= Self.priceLimit else { return nil }
    }

    /// With two decimals and a point: `1250.00`.
    package var description: String {
        let (units, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        return "\(hundredths < 0 ? "-" : "")\(units).\(rest < 10 ? "0" : "")\(rest)"
    }

    package static func < (a: Money, b: Money) -> Bool { a.hundredths < b.hundredths }
    package static func + (a: Money, b: Money) -> Money { Money(hundredths: a.hundredths + b.hundredths) }
    package static func * (a: Money, times: Int) -> Money { Money(hundredths: a.hundredths * Int64(times)) }
}
