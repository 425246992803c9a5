import EdgeRadio
import Testing

@Suite struct BluetoothSourceSelectionTests {
    static let valid: [(text: String, selection: BluetoothSourceSelection)] = [
        ("auto", .auto),
        ("off", .off),
        ("hci0", .sources([.adapter(0)])),
        ("hci1,hci0", .sources([.adapter(1), .adapter(0)])),
        ("h4:localhost:9000", .sources([.h4(.tcp(host: "localhost", port: 9000))])),
        ("h4:[::1]:9000", .sources([.h4(.tcp(host: "::1", port: 9000))])),
        ("h4:/run/hci.sock", .sources([.h4(.unix(path: "/run/hci.sock"))])),
        (
            "hci0,h4:127.0.0.1:1,h4:/a:b",
            .sources([.adapter(0), .h4(.tcp(host: "127.0.0.1", port: 1)), .h4(.unix(path: "/a:b"))])
        ),
    ]

    @Test(arguments: valid.indices)
    func `a selection is read as it is documented`(index: Int) throws {
        let (text, selection) = Self.valid[index]
        #expect(try BluetoothSourceSelection(parsing: text) == selection)
    }

    @Test(arguments: [
        "", "Auto", "hci", "hci-1", "hci00", "hci65535", "hci70000", "hci0,", ",hci0", "auto,hci0",
        "h4:", "h4:host", "h4:host:", "h4::9000", "h4:host:0", "h4:host:65536", "h4:::1:9000", "h4:[::1]",
        "hci0,hci0", "h4:/" + String(repeating: "a", count: 107), "hci٣",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: BluetoothSourceSelection.ParseError.self) {
            try BluetoothSourceSelection(parsing: text)
        }
    }

    @Test func `the message names the offending part`() {
        let error = #expect(throws: BluetoothSourceSelection.ParseError.self) {
            try BluetoothSourceSelection(parsing: "hci0,usb1")
        }
        #expect(error?.message == "'usb1' is not auto, off, hciN, h4:HOST:PORT or h4:/path/to/socket")
    }

    @Test func `more sources than Linux has adapters are refused`() {
        let text = (0...16).map { "hci\($0)" }.joined(separator: ",")
        #expect(throws: BluetoothSourceSelection.ParseError.self) {
            try BluetoothSourceSelection(parsing: text)
        }
    }
}
