import Testing

@testable import EdgeHTTP

struct JSONGrammarTests {
    private func fault(_ text: String) -> JSONGrammar.Fault? { fault(Array(text.utf8)) }

    private func fault(_ bytes: [UInt8]) -> JSONGrammar.Fault? {
        do {
            try JSONGrammar.check(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        "{}", "[]", "null", "true", " false\r\n", "0", "-0", "10.50", "1e9", "-1.5E-10", "\"\"",
        #""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, #"{"a":[1,{"b":null}],"":0}"#, "\u{FEFF}{}",
        #"{"a":{"a":1},"A":2}"#, #"["\ud800"]"#, "\"温\u{7F}\"",
    ])
    func `what the grammar has is taken`(text: String) {
        #expect(fault(text) == nil)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[1,]", "[,1]", "[1 2]", #"{"a":1,}"#, #"{,"a":1}"#, #"{"a"}"#, #"{"a":}"#,
        "{a:1}", "{'a':1}", "01", "1.", ".5", "+1", "-", "1e", "0x10", "NaN", "Infinity", "nul", "True",
        "\"\n\"", "\"\t\"", "\"", #""\x""#, #""\u12g4""#, "{}{}", "{} x", "{}\u{0}", "/**/{}", "{}\u{C}",
        "{\u{A0}}", "\u{FEFF}\u{FEFF}{}",
    ])
    func `what it does not have is refused`(text: String) {
        #expect(fault(text) == .notJSON)
    }

    @Test func `a name that stands twice in one object is told`() {
        #expect(fault(#"{"name":1,"x":2,"name":3}"#) == .repeated("name"))
        #expect(fault(#"{"name":1,"n\u0061me":3}"#) == .repeated("name"))
        #expect(fault(#"{"x":[{"deep":{"k":1,"k":1}}]}"#) == .repeated("k"))
    }

    @Test(arguments: [1, 11, 12, 13, 300]) func `however many names an object has`(count: Int) {
        let names = (0..<count).map { "\"name \($0)\":0" }
        #expect(fault("{" + names.joined(separator: ",") + "}") == nil)
        for again in [0, count / 2, count - 1] {
            let text = "{" + (names + [names[again]]).joined(separator: ",") + "}"
            #expect(fault(text) == .repeated("name \(again)"))
        }
    }

    @Test func `other encodings than UTF-8 are refused`() {
        #expect(fault([0x7B, 0, 0x7D, 0]) == .notJSON)
        #expect(fault([0x22, 0xFF, 0x22]) == .notUTF8)
        #expect(fault([0x22, 0xC0, 0xAF, 0x22]) == .notUTF8)
        #expect(fault([0x22, 0xED, 0xA0, 0x80, 0x22]) == .notUTF8)
    }

    @Test func `nesting has a limit, whatever comes behind it`() {
        let limit = JSONGrammar.depthLimit
        #expect(fault(String(repeating: "[", count: limit) + String(repeating: "]", count: limit)) == nil)
        #expect(fault(String(repeating: "[", count: limit + 1)) == .tooDeep)
        #expect(fault(String(repeating: #"{"a":"#, count: 100_000)) == .tooDeep)
    }
}
