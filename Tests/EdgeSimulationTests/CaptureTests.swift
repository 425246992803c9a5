import BluetoothLE
import EdgeSimulation
import EdgeTestSupport
import Testing

@Suite struct CaptureTests {
    func legacyCapture() throws -> [UInt8] { Array(try Vectors.data("captures/legacy-reports.btsnoop")) }

    @Test func `a phone's log gives its 59 legacy reports`() throws {
        let capture = try BluetoothCapture(legacyCapture())
        #expect(capture.reports.count == 59)
        #expect(capture.malformedCount == 0)
        #expect(capture.reports.allSatisfy { $0.value.eventType.isLegacy })
        #expect(capture.reports.first?.due == .zero)
        let times = capture.reports.map(\.due)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func `the same events as the Linux monitor writes them give the same reports`() throws {
        let file = try legacyCapture()
        var reader = try BtsnoopReader(file[...])
        let writer = BtsnoopWriter(datalink: .monitor)
        var monitor = writer.header
        while var record = try reader.next() {
            if case .other = record.kind { continue }
            record.adapter = 1
            monitor += writer.encode(record)
        }
        let original = try BluetoothCapture(file)
        let copy = try BluetoothCapture(monitor)
        #expect(copy.reports.map(\.value) == original.reports.map(\.value))
        #expect(copy.reports.map(\.due) == original.reports.map(\.due))
    }

    @Test func `no truncation and no noise makes a capture trap`() throws {
        let file = try legacyCapture()
        for count in 0..<file.count { _ = try? BluetoothCapture(Array(file.prefix(count))) }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<10_000 {
            var noise = generator.bytes(count: Int.random(in: 0...200, using: &generator))
            if Bool.random(using: &generator) { noise = file.prefix(16) + noise }
            _ = try? BluetoothCapture(noise)
            _ = try? DatagramCapture(noise)
        }
    }

    @Test func `a capture that was cut off ends with its last whole record`() throws {
        let file = try legacyCapture()
        #expect(try !BluetoothCapture(file).isCutOff)
        let cut = try BluetoothCapture(Array(file.dropLast(5)))
        #expect(cut.isCutOff)
        #expect((1...59).contains(cut.reports.count))
        #expect(throws: CaptureError.malformed(.truncated)) { try BluetoothCapture(Array(file.prefix(12))) }
    }

    @Test func `of captured datagrams those that went up are kept, with their times`() throws {
        let capture = try DatagramCapture(Array(Vectors.data("gwmp-capture-1.jsonl")))
        #expect(!capture.datagrams.isEmpty)
        #expect(capture.datagrams.first?.due == .zero)
        #expect(capture.datagrams.first?.value == bytes(hex: "0267c6020016c001ff10a1b2"))
    }

    @Test(arguments: [
        "{\"t\": 1, \"dir\": \"up\"}\nnot JSON", "\n{\"t\": 1, \"dir\": \"up\", \"hex\": \"0\"}",
        "\n{\"t\": 1, \"dir\": \"up\", \"hex\": \"zz\"}", "\n{\"dir\": \"up\", \"hex\": \"00\"}",
        "\n{\"t\": 1e300, \"dir\": \"up\", \"hex\": \"00\"}",
    ])
    func `a line that is no datagram is named`(text: String) {
        #expect(throws: CaptureError.malformedLine(text.hasPrefix("{") ? 1 : 2)) {
            try DatagramCapture(Array(text.utf8))
        }
    }
}
