package import NIOCore

/// What the first bytes of a connection say: a request for a tunnel (RFC 9110, 9.3.6), or anything else.
package enum ConnectRequest: Equatable {
    /// More bytes are needed to tell.
    case incomplete
    /// Not a request for a tunnel; for somebody else to read.
    case other
    /// A request for a tunnel that is not well-formed, or too long.
    case malformed
    /// A tunnel to `host`, in lower case; the bytes after `length` belong into it.
    case tunnel(host: String, port: Int, length: Int)

    /// Of the request line and all header fields.
    package static let lengthLimit = 8_192
    private static let method = Array("CONNECT ".utf8)
    private static let end = Array("\r\n\r\n".utf8)

    package init(_ bytes: ByteBufferView) {
        guard bytes.prefix(Self.method.count).elementsEqual(Self.method.prefix(bytes.count)) else {
            self = .other
            return
        }
        guard let length = Self.headLength(bytes.prefix(Self.lengthLimit)) else {
            self = bytes.count < Self.lengthLimit ? .incomplete : .malformed
            return
        }
        let line = String(decoding: bytes.dropFirst(Self.method.count).prefix { $0 != 0x0D }, as: UTF8.self)
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, words[1] == "HTTP/1.1" || words[1] == "HTTP/1.0",
            let (host, port) = Self.authority(words[0])
        else {
            self = .malformed
            return
        }
        self = .tunnel(host: host, port: port, length: length)
    }

    private static func headLength(_ bytes: ByteBufferView) -> Int? {
        guard bytes.count >= end.count else { return nil }
        for offset in 0...(bytes.count - end.count)
        where bytes[bytes.startIndex + offset] == 0x0D
            && bytes.dropFirst(offset).prefix(end.count).elementsEqual(end)
        {
            return offset + end.count
        }
        return nil
    }

    private static func authority(_ text: Substring) -> (String, Int)? {
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex, text.utf8.count <= 300 else {
            return nil
        }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(digits), (1...65_535).contains(port)
        else { return nil }
        return (text[..<colon].lowercased(), port)
    }
}
