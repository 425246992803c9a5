import HTTPTypes
import NIOCore

/// A page of ours: one answer with everything in it. Nothing but what it was sent with may run, and
/// it may speak to nobody but this gateway.
struct WebPage: Sendable {
    let path: String
    let purpose: String
    /// The page, cut where the nonce goes.
    private let pieces: [String]

    private static let nonceMark = "{nonce}"

    init(path: String, purpose: String, title: String, style: String, body: String, script: String) {
        self.path = path
        self.purpose = purpose
        let text = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title)</title>
            <link rel="icon" href="\(Self.icon)">
            <style nonce="\(Self.nonceMark)">
            \(PageStyle.text)
            \(style)
            </style>
            </head>
            <body>
            \(body)
            <script nonce="\(Self.nonceMark)">
            "use strict";
            \(PageScript.text)
            \(script)
            </script>
            </body>
            </html>

            """
        pieces = Self.split(text)
    }

    private static let icon =
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
        + "%3Crect width='32' height='32' rx='7' fill='%23136f63'/%3E"
        + "%3Cpath d='M10 8v16M22 8v16M10 16h12' stroke='white' stroke-width='3.4' stroke-linecap='round'/%3E"
        + "%3C/svg%3E"

    private static func split(_ text: String) -> [String] {
        var pieces = [""]
        var rest = text[...]
        while let place = rest.firstIndex(of: "{") {
            pieces[pieces.count - 1] += rest[..<place]
            rest = rest[place...]
            if rest.hasPrefix(nonceMark) {
                pieces.append("")
                rest = rest.dropFirst(nonceMark.count)
            } else {
                pieces[pieces.count - 1].append(rest.removeFirst())
            }
        }
        pieces[pieces.count - 1] += rest
        return pieces
    }

    func reply(using generator: inout some RandomNumberGenerator) -> Reply {
        let nonce = (0..<2).map { _ in String(UInt64.random(in: .min ... .max, using: &generator), radix: 36)
        }
        .joined()
        var reply = Reply.bytes(
            ByteBuffer(string: pieces.joined(separator: nonce)), contentType: "text/html; charset=utf-8")
        let policy = """
            default-src 'none'; style-src 'nonce-\(nonce)'; script-src 'nonce-\(nonce)'; connect-src 'self'; \
            img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
            """
        let headers = [
            ("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { reply.headers[name] = value }
        }
        return reply
    }
}
