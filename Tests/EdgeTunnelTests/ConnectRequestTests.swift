import EdgeTunnel
import NIOCore
import Testing

@Suite struct ConnectRequestTests {
    /// Counts in bytes, as a line's end is one character of Swift's.
    private func read(_ text: String, first count: Int = .max) -> ConnectRequest {
        ConnectRequest(ByteBuffer(bytes: text.utf8.prefix(count)).readableBytesView)
    }

    @Test func `a request for a tunnel is read with what follows it left alone`() {
        let text = "CONNECT API.hubble.com:443 HTTP/1.1\r\nHost: api.hubble.com:443\r\n\r\n"
        #expect(
            read(text + "\u{16}\u{3}") == .tunnel(host: "api.hubble.com", port: 443, length: text.utf8.count))
        for end in 0..<text.utf8.count { #expect(read(text, first: end) == .incomplete) }
    }

    @Test func `other requests are somebody else's at their first differing byte`() {
        for text in [
            "GET / HTTP/1.1\r\n", "G", "CO ", "CONNECTX", "connect a:1 HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}",
        ] {
            #expect(read(text) == .other)
        }
    }

    @Test func `requests against the form are malformed`() {
        for target in [
            "api.hubble.com", "api.hubble.com:", ":443", "api.hubble.com:0", "api.hubble.com:65536",
            "api.hubble.com:443a", "api.hubble.com:+443", "a b:443", "",
            String(repeating: "a", count: 400) + ":443",
        ] {
            #expect(read("CONNECT \(target) HTTP/1.1\r\n\r\n") == .malformed, "\(target)")
        }
        #expect(read("CONNECT api.hubble.com:443 HTTP/2\r\n\r\n") == .malformed)
        #expect(read("CONNECT api.hubble.com:443\r\n\r\n") == .malformed)
    }

    @Test func `a head that does not end is given up at the limit`() {
        let begin = "CONNECT api.hubble.com:443 HTTP/1.1\r\nX: "
        let long = begin + String(repeating: "x", count: ConnectRequest.lengthLimit)
        #expect(read(long, first: ConnectRequest.lengthLimit - 1) == .incomplete)
        #expect(read(long) == .malformed)
        #expect(read(long + "\r\n\r\n") == .malformed)
    }
}
