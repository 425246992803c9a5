import EdgeModel
import FoundationEssentials

/// A letter as it travels: RFC 5322 with MIME. Whatever stands in it, it cannot become a header or end the
/// message: addresses are checked, the subject is encoded unless it is plain, the text is Base64.
struct MailMessage {
    let mail: Mail
    let sender: EmailAddress
    /// The same at each attempt, so that a reader can tell that it has the letter.
    let id: String
    let date: Timestamp

    /// The whole message, and the line with one dot that ends it.
    var bytes: [UInt8] {
        let domain = sender.text[
            sender.text.index(after: sender.text.lastIndex(of: "@") ?? sender.text.startIndex)...]
        var lines = [
            "Date: \(Self.text(of: date))", "From: <\(sender.text)>", "To: <\(mail.recipient.text)>",
            "Subject: \(Self.subject(mail.subject))", "Message-ID: <\(id)@\(domain)>",
            // RFC 3834: so that nobody's absence is told to us.
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "",
        ]
        lines += Self.folded(Data(Self.withNetworkLineEnds(mail.body.bytes)).base64EncodedString())
        // No line of these begins with a dot, so none has to be doubled.
        return Array((lines + [".", ""]).joined(separator: "\r\n").utf8)
    }

    /// Base64 in lines of 76.
    private static func folded(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return stride(from: 0, to: bytes.count, by: 76).map {
            String(decoding: bytes[$0..<min($0 + 76, bytes.count)], as: UTF8.self)
        }
    }

    private static func withNetworkLineEnds(_ text: [UInt8]) -> [UInt8] {
        text.reduce(into: []) { result, byte in
            if byte == 0x0A, result.last != 0x0D { result.append(0x0D) }
            result.append(byte)
        }
    }

    /// As it is where it is short and plain, else as encoded words (RFC 2047), each
    /// on a line of its own of at most 76 characters and none of them parting a character.
    static func subject(_ text: String) -> String {
        let isPlain = text.utf8.count <= 60 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        guard !isPlain || text.contains("=?") else { return text }
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if words[words.count - 1].count + bytes.count > 39 { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?utf-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    /// `Sat, 21 Nov 2026 18:47:26 +0000`
    static func text(of time: Timestamp) -> String {
        let civil = CivilTime(time)
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = (time.seconds / 86_400 % 7 + 7) % 7
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(days[Int(day)]), \(two(civil.day)) \(months[civil.month - 1]) \(civil.year) "
            + "\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second)) +0000"
    }
}
