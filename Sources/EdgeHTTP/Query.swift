package import EdgeModel
import Foundation

/// The query of a request, read by name. Where one value is wanted, the first counts.
package struct Query: Sendable {
    private let all: [String: [String]]

    /// Most names and values that are read; the rest is ignored.
    private static let limit = 256

    /// Decodes `application/x-www-form-urlencoded` text, as browsers and client libraries make it:
    /// `+` is a blank. A pair that is not valid is taken as it stands.
    package init(form text: String) {
        var values: [String: [String]] = [:]
        for pair in text.split(separator: "&").prefix(Self.limit) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[Self.decoded(parts[0]), default: []].append(parts.count > 1 ? Self.decoded(parts[1]) : "")
        }
        all = values
    }

    private static func decoded(_ text: Substring) -> String {
        let blanks = String(text.map { $0 == "+" ? " " : $0 })
        return blanks.removingPercentEncoding ?? blanks
    }

    /// A NUL would end the text for the database.
    var hasNUL: Bool { all.values.contains { $0.contains { $0.utf8.contains(0) } } }

    package subscript(name: String) -> String? { all[name]?.first }

    /// Every value of `name`, in order.
    package func values(_ name: String) -> [String] { all[name] ?? [] }

    /// The value of the first of `names` that is there.
    package func first(of names: String...) -> (name: String, value: String)? {
        for name in names {
            if let value = self[name] { return (name, value) }
        }
        return nil
    }

    /// A whole number. Throws `invalid` for anything else, and for one below `minimum`; one above
    /// `maximum` becomes it.
    package func integer(_ name: String, minimum: Int, maximum: Int) throws -> Int? {
        guard let text = self[name] else { return nil }
        guard let number = Int(text) else {
            // More digits than any number here needs: above every maximum.
            if text.count > 18, text.allSatisfy(\.isNumber) { return maximum }
            throw EdgeError.invalid("\(name): a whole number is expected")
        }
        guard number >= minimum else { throw EdgeError.invalid("\(name) must be at least \(minimum)") }
        return min(number, maximum)
    }

    /// A time in any of the forms of `TimeText`.
    package func time(_ name: String) throws -> Timestamp? {
        guard let text = self[name] else { return nil }
        guard let time = TimeText.parse(text) else {
            throw EdgeError.invalid("\(name): a time such as 2024-01-15T10:30:00Z is expected")
        }
        return time
    }

    package func boolean(_ name: String) throws -> Bool? {
        switch self[name]?.lowercased() {
        case nil: nil
        case "true", "1": true
        case "false", "0": false
        default: throw EdgeError.invalid("\(name): true or false is expected")
        }
    }

    /// One of a closed set.
    package func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _: Choice.Type) throws
        -> Choice?
    where Choice.RawValue == String {
        guard let text = self[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw EdgeError.invalid("\(name): one of \(choices) is expected")
        }
        return choice
    }
}
