/// What `--ble` says: `auto`, `off`, or a list of `hciN`, `h4:HOST:PORT` and `h4:/path/to/socket`.
package enum BluetoothSourceSelection: Hashable, Sendable {
    /// Every adapter of this machine, also those that are plugged in later.
    case auto
    case off
    /// These and no others, at least one, each once.
    case sources([BluetoothSource])

    /// As many adapters as Linux knows (`HCI_MAX_DEV`).
    package static let maximumSourceCount = 16
    /// `sun_path` holds 107 characters and their terminator.
    private static let maximumPathByteCount = 107

    /// Why a selection was refused; the message names the offending part.
    package struct ParseError: Error, Hashable, CustomStringConvertible {
        package let message: String
        package var description: String { message }
    }

    package init(parsing text: String) throws(ParseError) {
        switch text {
        case "auto": self = .auto
        case "off": self = .off
        default: self = .sources(try Self.sources(text))
        }
    }

    private static func sources(_ text: String) throws(ParseError) -> [BluetoothSource] {
        var sources: [BluetoothSource] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let source = try source(part)
            guard !sources.contains(source) else { throw ParseError(message: "'\(part)' is given twice") }
            guard sources.count < maximumSourceCount else {
                throw ParseError(message: "more than \(maximumSourceCount) Bluetooth sources")
            }
            sources.append(source)
        }
        return sources
    }

    private static func source(_ part: Substring) throws(ParseError) -> BluetoothSource {
        if part.hasPrefix("h4:") { return .h4(try endpoint(part.dropFirst(3), in: part)) }
        let digits = part.dropFirst(3)
        guard part.hasPrefix("hci"), digits.allSatisfy(\.isASCII), let number = UInt16(digits),
            String(number) == digits, number != .max
        else {
            throw ParseError(
                message: "'\(part)' is not auto, off, hciN, h4:HOST:PORT or h4:/path/to/socket")
        }
        return .adapter(number)
    }

    private static func endpoint(_ text: Substring, in part: Substring) throws(ParseError) -> H4Endpoint {
        if text.hasPrefix("/") {
            guard text.utf8.count <= maximumPathByteCount else {
                throw ParseError(
                    message: "the path in '\(part)' is longer than \(maximumPathByteCount) bytes")
            }
            return .unix(path: String(text))
        }
        guard let colon = text.lastIndex(of: ":") else {
            throw ParseError(message: "'\(part)' has no port; write h4:HOST:PORT or h4:/path/to/socket")
        }
        guard let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            throw ParseError(message: "the port in '\(part)' is not a number from 1 to 65535")
        }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, isBracketed || !host.contains(":") else {
            throw ParseError(message: "the host in '\(part)' is missing or needs brackets")
        }
        return .tcp(host: String(host), port: port)
    }
}
