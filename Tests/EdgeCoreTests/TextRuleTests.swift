import EdgeModel
import Testing

@testable import EdgeCore

struct TextRuleTests {
    private let rule = TextRule(field: "name", limit: 20)

    @Test(arguments: [
        "Kühlraum 7", "温度センサー", "🌡️ tag", "👩‍🚀", "العربية", "<b>", "a\u{200E}b", "é", "e\u{301}",
    ])
    func `letters of all languages are taken as they are`(text: String) throws {
        #expect(try rule.check(text) == text)
    }

    @Test(arguments: ["", " ", "\u{A0}\u{3000}", "\u{200B}", "\u{200D}\u{FEFF}", "\u{3164}", "\u{AD} "])
    func `a text that shows nothing is empty`(text: String) {
        #expect(throws: EdgeError.self) { try rule.check(text) }
    }

    @Test(arguments: [
        "a\u{0}", "a\nb", "a\tb", "a\u{7F}", "a\u{85}b", "a\u{2028}b", "a\u{2029}b", "a\u{202E}b",
        "a\u{2066}b",
    ])
    func `what controls, breaks lines or turns directions is refused`(text: String) {
        #expect(throws: EdgeError.self) { try rule.check(text) }
    }

    @Test func `the limit counts scalars`() throws {
        #expect(try rule.check(String(repeating: "é", count: 20)).count == 20)
        #expect(throws: EdgeError.self) { try rule.check("a" + String(repeating: "\u{301}", count: 20)) }
    }
}
