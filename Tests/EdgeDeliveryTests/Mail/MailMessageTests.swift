import EdgeModel
import FoundationEssentials
import Testing

@testable import EdgeDelivery

struct MailMessageTests {
    private func message(_ subject: String, _ body: String) throws -> String {
        let mail = Mail(
            recipient: try #require(EmailAddress("b@example.com")), subject: subject,
            body: SecretBytes(Array(body.utf8)))
        let message = MailMessage(
            mail: mail, sender: try #require(EmailAddress("a@example.org")), id: "1",
            date: Timestamp(seconds: 1_795_286_846))
        return String(decoding: message.bytes, as: UTF8.self)
    }

    @Test func `a letter has all its headers and ends with a dot`() throws {
        #expect(
            try message("Hello", "one\ntwo\r\n") == """
                Date: Sat, 21 Nov 2026 18:47:26 +0000\r
                From: <a@example.org>\r
                To: <b@example.com>\r
                Subject: Hello\r
                Message-ID: <1@example.org>\r
                Auto-Submitted: auto-generated\r
                MIME-Version: 1.0\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Transfer-Encoding: base64\r
                \r
                b25lDQp0d28NCg==\r
                .\r

                """)
    }

    @Test(arguments: [
        "a\r\nBcc: c@d.e", "=?utf-8?Q?x?=", "Kühlhaus", String(repeating: "x", count: 61), "a\u{0}b",
        String(repeating: "温🌡️", count: 80),
    ])
    func `a subject that is not plain is encoded words that each decode by themselves`(subject: String) throws
    {
        let encoded = MailMessage.subject(subject)
        var decoded = ""
        for line in encoded.components(separatedBy: "\r\n ") {
            #expect(line.utf8.count <= 75)
            #expect(line.utf8.allSatisfy { (0x21...0x7E).contains($0) })
            let text = try #require(Data(base64Encoded: String(line.dropFirst(10).dropLast(2))))
            decoded += try #require(String(data: text, encoding: .utf8))
        }
        #expect(decoded == subject)
    }

    @Test func `no line is longer than 78 characters`() throws {
        let text = try message(String(repeating: "ü", count: 300), String(repeating: "long ", count: 500))
        #expect(text.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 78 })
    }
}
