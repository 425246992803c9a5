import EdgeModel
import Testing

@Suite struct DestinationTests {
    private func verdict(_ text: String, httpsOnly: Bool = false) -> String? {
        do {
            try DestinationRule(httpsOnly: httpsOnly).check(try DestinationURL(text))
            return nil
        } catch {
            return (error as? EdgeError)?.message ?? "\(error)"
        }
    }

    @Test(arguments: [
        "https://example.com/hook", "https://example.com", "HTTPS://Example.COM:8443/a?b=c",
        "https://8.8.8.8/",
        "https://10.0.0.1/", "https://[2001:db8::1]/x", "https://a_b.example/%20", "http://127.0.0.1:9000/",
        "http://10.1.2.3/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.1.1:80/hook",
        "http://[::1]:8080/", "http://[fd12::1]/", "http://[fe80::1]/", "http://[::ffff:192.168.0.1]/",
        "http://receiver.local/", "http://box.lan:81/x", "http://localhost:5000/",
    ])
    func `destinations that are allowed`(_ url: String) {
        #expect(verdict(url) == nil)
    }

    @Test(arguments: [
        "", "example.com", "ftp://example.com/", "https://", "https:///x", "https://user:pw@example.com/",
        "https://user@example.com/", "https://example.com:0/", "https://example.com:70000/",
        "https://example.com:x/", "https://example.com/#part", "https://exa mple.com/",
        "https://example.com/a b",
        "https://example.com/%zz", "https://ex\u{e4}mple.com/", "https://example..com/", "https://[::1/",
        "https://[fe80::1%25eth0]/", "https://example.com\\@10.0.0.1/", "https://a%2eb/",
        "https://[1.2.3.4]/",
        // Not local, so not in clear.
        "http://example.com/", "http://8.8.8.8/", "http://172.32.0.1/", "http://11.0.0.1/",
        "http://receiver/",
        "http://[2001:db8::1]/", "http://evil.local.example.com/", "http://169.254.1.1/", "http://xlocal/",
        // Metadata, unspecified, multicast, broadcast, reserved.
        "http://169.254.169.254/latest", "https://169.254.169.254/", "https://[fd00:ec2::254]/",
        "http://[fd00:ec2::254]/", "https://100.100.100.200/", "https://0.0.0.0/", "http://0.0.0.0/",
        "https://0.1.2.3/", "https://224.0.0.1/", "https://255.255.255.255/", "https://240.0.0.1/",
        "https://[::]/", "https://[ff02::1]/", "https://[::ffff:169.254.169.254]/",
        "https://[::ffff:a9fe:a9fe]/", "https://[64:ff9b::a9fe:a9fe]/", "https://[2002:a9fe:a9fe::1]/",
        "http://[::ffff:8.8.8.8]/", "https://[::ffff:0.0.0.0]/",
        // Other spellings of numbers.
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.0.01/", "https://2852039166/", "https://0xa9fea9fe/", "https://169.254.43518/",
        "https://0251.0376.0251.0376/", "https://1.2.3.4.5/", "https://256.1.1.1/",
    ])
    func `destinations that are refused`(_ url: String) {
        #expect(verdict(url) != nil)
    }

    @Test func `https can be required`() {
        #expect(verdict("http://127.0.0.1/", httpsOnly: true) != nil)
        #expect(verdict("https://127.0.0.1/", httpsOnly: true) == nil)
    }

    @Test func `a URL is written in one way`() throws {
        #expect(try DestinationURL("HTTPS://Example.COM:443?a=1").text == "https://example.com/?a=1")
        #expect(try DestinationURL("http://[0:0::1]:81/x").text == "http://[::1]:81/x")
        #expect(throws: EdgeError.self) {
            try DestinationURL("https://example.com/" + String(repeating: "a", count: 2_000))
        }
    }

    @Test func `a name is judged by what it stands for`() throws {
        let rule = DestinationRule()
        for (text, http, https) in [
            ("10.0.0.1", true, true), ("8.8.8.8", false, true), ("169.254.169.254", false, false),
            ("::ffff:10.0.0.1", true, true), ("::ffff:100.100.100.200", false, false), ("::1", true, true),
            ("fe80::1", true, true), ("2001:db8::1", false, true), ("ff02::1", false, false),
        ] {
            let address = try #require(IPAddress(text))
            #expect(rule.permits(address, .http) == http, "\(text)")
            #expect(rule.permits(address, .https) == https, "\(text)")
        }
    }
}
