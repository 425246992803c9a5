/// The URL of a destination, taken apart strictly, so that nobody after this reads another host in it.
package struct DestinationURL: Hashable, Sendable {
    package enum Scheme: String, Sendable {
        case http, https
        package var standardPort: Int { self == .http ? 80 : 443 }
    }

    package enum Host: Hashable, Sendable {
        /// In lower case.
        case name(String)
        case address(IPAddress)
    }

    package let scheme: Scheme
    package let host: Host
    package let port: Int
    /// Path and query, as they were given; `/` when there is none.
    package let target: String

    package static let lengthLimit = 2_000

    /// Throws `invalid` for what is not an absolute http or https URL with a host.
    package init(_ text: String) throws {
        guard text.utf8.count <= Self.lengthLimit else {
            throw EdgeError.invalid("url has more than \(Self.lengthLimit) characters")
        }
        guard let separator = text.utf8.firstIndex(of: UInt8(ascii: ":")),
            let scheme = Scheme(rawValue: text[..<separator].lowercased()),
            text[separator...].hasPrefix("://")
        else { throw EdgeError.invalid("url: https:// is expected") }
        let rest = text[text.index(separator, offsetBy: 3)...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        let (host, port) = try Self.authority(rest[..<end])
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.standardPort
        target = try Self.target(rest[end...])
    }

    /// The same destination, written in the one way in which every parser reads it alike.
    package var text: String {
        let place =
            switch host {
            case .name(let name): name
            case .address(.v4(let bits)): IPAddress.v4(bits).description
            case .address(let address): "[\(address)]"
            }
        return "\(scheme.rawValue)://\(place)\(port == scheme.standardPort ? "" : ":\(port)")\(target)"
    }

    private static func authority(_ text: Substring) throws -> (Host, Int?) {
        guard !text.contains("@") else { throw EdgeError.invalid("url: it must have no user and password") }
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]"),
                case .v6(let high, let low) = IPAddress(
                    String(text[text.index(after: text.startIndex)..<close]))
            else { throw EdgeError.invalid("url: the IPv6 address is not valid") }
            return (.address(.v6(high: high, low: low)), try port(text[text.index(after: close)...]))
        }
        let end = text.firstIndex(of: ":") ?? text.endIndex
        return (try host(text[..<end].lowercased()), try port(text[end...]))
    }

    private static func port(_ text: Substring) throws -> Int? {
        guard !text.isEmpty else { return nil }
        let digits = text.dropFirst()
        guard text.hasPrefix(":"), digits.utf8.count <= 5, digits.utf8.allSatisfy(isDigit),
            let port = Int(digits), (1...65_535).contains(port)
        else { throw EdgeError.invalid("url: the port is not valid") }
        return port
    }

    private static func host(_ text: String) throws -> Host {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 253,
            labels.allSatisfy({ label in
                (1...63).contains(label.utf8.count)
                    && label.utf8.allSatisfy { isDigit($0) || isLetter($0) || $0 == 0x2D || $0 == 0x5F }
            }), let last = labels.last
        else { throw EdgeError.invalid("url: the host is not valid") }
        // Resolvers take 2130706433, 0x7f.1 and 0177.0.0.1 for addresses: only the plain form is one.
        guard last.utf8.allSatisfy(isDigit) || last.hasPrefix("0x") else { return .name(text) }
        guard labels.allSatisfy({ $0 == "0" || !$0.hasPrefix("0") }), let address = IPAddress(text) else {
            throw EdgeError.invalid("url: an IPv4 address has four decimal parts")
        }
        return .address(address)
    }

    private static func target(_ text: Substring) throws -> String {
        var escape = 0
        for byte in text.utf8 {
            if escape > 0 {
                guard isDigit(byte) || (0x41...0x46).contains(byte & 0xDF) else { escape = -1; break }
                escape -= 1
            } else if byte == UInt8(ascii: "%") {
                escape = 2
            } else if !(isDigit(byte) || isLetter(byte | 0x20) || punctuation.contains(byte)) {
                escape = -1
                break
            }
        }
        guard escape == 0 else {
            throw EdgeError.invalid("url: characters outside RFC 3986 must be percent-encoded; no fragment")
        }
        return text.hasPrefix("/") ? String(text) : "/" + text
    }

    private static let punctuation = Set("-._~!$&'()*+,;=:@/?".utf8)
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
}
