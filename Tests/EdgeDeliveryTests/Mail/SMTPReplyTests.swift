import Testing

@testable import EdgeDelivery

struct SMTPReplyTests {
    /// The replies in `text`, given byte by byte.
    private func replies(_ text: String) throws -> [SMTPReply] {
        var parser = SMTPReplyParser()
        var found: [SMTPReply] = []
        for byte in text.utf8 {
            parser.append([byte])
            while let reply = try parser.next() { found.append(reply) }
        }
        return found
    }

    @Test func `a reply is whole with its last line`() throws {
        let found = try replies("250-mail.example.org\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 10\r\n354\r\n")
        #expect(
            found == [
                SMTPReply(code: 250, lines: ["mail.example.org", "AUTH PLAIN LOGIN", "SIZE 10"]),
                SMTPReply(code: 354, lines: [""]),
            ])
        #expect(found[0].extensions == ["AUTH": ["PLAIN", "LOGIN"], "SIZE": ["10"]])
        #expect(try replies("250-half\r\n").isEmpty)
    }

    @Test(arguments: [
        "hello\r\n", "99 low\r\n", "600 high\r\n", "250x\r\n", "250-a\r\n251 b\r\n", "\r\n", "2 50\r\n",
        String(repeating: "x", count: 5_000), String(repeating: "250-x\r\n", count: 200),
    ])
    func `what is no reply is said`(text: String) {
        #expect(throws: SMTPReplyParser.Malformed.self) { try replies(text) }
    }

    @Test func `a reason is one plain line`() {
        let reply = SMTPReply(code: 550, lines: ["no\u{1B}[31m\u{7}", String(repeating: "ü", count: 500)])
        #expect(reply.reason.unicodeScalars.count == 200)
        #expect(reply.reason.hasPrefix("550 no [31m  ü"))
    }
}
