import EdgeTestSupport
import PayloadCodecs
import Testing

@Suite struct LayoutTests {
    static let weather = """
        {"fields": [
            {"name": "temperature", "type": "int", "offset": 0, "bits": 16, "scale": 0.01, "unit": "°C"},
            {"name": "humidity", "offset": 2, "scale": 0.5, "f_port": 1},
            {"name": "is_open", "type": "bool", "offset": 3, "bit": 0},
            {"name": "mode", "offset": 3, "bit": 1, "bits": 3, "values": {"0": "idle", "5": "alarm"}},
            {"name": "level", "offset": 3, "bit": 4, "bits": 4},
            {"name": "count", "offset": 4, "bits": 32, "endian": "little"},
            {"name": "depth", "type": "float", "offset": 8, "bits": 32, "optional": true, "f_port": [1, 2]}
        ]}
        """

    @Test func `fields are found where they are said to be`() throws {
        let layout = try Layout(json: Self.weather)
        let decoded = layout.decode(
            [
                0xFF, 0x38,  // temperature: -200
                0x65,  // humidity: 101
                0xD9,  // is_open: 1, mode: 5, level: 9
                0x04, 0x03, 0x02, 0x01,  // count
                0x3F, 0xC0, 0x00, 0x00,  // depth: 1.5
            ], port: 1)
        #expect(decoded.errors == [])
        #expect(
            decoded.members == [
                "temperature": .integer(-2), "humidity": .number(50.5), "is_open": .boolean(true),
                "mode": .string("alarm"), "level": .integer(9), "count": .integer(0x0102_0304),
                "depth": .number(1.5), "units": .object(["temperature": .string("°C")]),
            ])
    }

    @Test func `a field of another port is not there`() throws {
        let layout = try Layout(json: Self.weather)
        let members = layout.decode(Array(repeating: 0, count: 12), port: 2).members
        #expect(members["humidity"] == nil)
        #expect(members["depth"] == .integer(0))
        let few = try Layout(json: #"{"fields": [{"name": "a", "offset": 0, "f_port": 3}]}"#)
        #expect(few.decode([1], port: 4).errors == ["no field is on port 4"])
        #expect(few.decode([1], port: nil).errors == ["no field is on port none"])
    }

    @Test func `a short payload costs the fields beyond its end`() throws {
        let layout = try Layout(json: Self.weather)
        let decoded = layout.decode([0, 100, 2], port: 1)
        #expect(decoded.members["temperature"] == .integer(1))
        #expect(decoded.errors.count == 4)
        #expect(decoded.errors.first == "the payload is too short for is_open")
    }

    @Test func `what is encoded is decoded to the same`() throws {
        let layout = try Layout(json: Self.weather)
        let members: [String: JSONValue] = [
            "temperature": .number(21.37), "humidity": .number(44.5), "is_open": .boolean(true),
            "mode": .string("alarm"), "level": .integer(3), "count": .integer(70_000), "depth": .number(2.25),
        ]
        var decoded = layout.decode(try layout.encode(members, port: 1), port: 1).members
        decoded["units"] = nil
        #expect(decoded == members)
    }

    @Test func `text and bytes have whole bytes`() throws {
        let layout = try Layout(
            json: """
                {"fields": [{"name": "serial", "type": "bytes", "offset": 0, "bits": 24},
                    {"name": "name", "type": "text", "offset": 3, "bits": 40}]}
                """)
        let members: [String: JSONValue] = ["serial": .string("00a1ff"), "name": .string("Ada")]
        let payload = try layout.encode(members, port: nil)
        #expect(payload == [0x00, 0xA1, 0xFF, 0x41, 0x64, 0x61, 0, 0])
        #expect(layout.decode(payload, port: 9).members == members)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"fields": []}"#, #"{"fields": [{"offset": 0}]}"#,
        #"{"fields": [{"name": "a", "offset": 255}]}"#, #"{"fields": [{"name": "a", "offset": -1}]}"#,
        #"{"fields": [{"name": "a", "offset": 0, "bits": 65}]}"#,
        #"{"fields": [{"name": "a", "offset": 254, "bits": 16}]}"#,
        #"{"fields": [{"name": "a", "offset": 0, "bits": 12, "endian": "little"}]}"#,
        #"{"fields": [{"name": "a", "offset": 0, "type": "float", "bits": 16}]}"#,
        #"{"fields": [{"name": "a", "offset": 0, "scale": 0}]}"#,
        #"{"fields": [{"name": "a", "offset": 0, "type": "word"}]}"#,
        #"{"fields": [{"name": "", "offset": 0}]}"#, #"{"fields": [{"name": "units", "offset": 0}]}"#,
        #"{"fields": [{"name": "a", "offset": 9223372036854775807}]}"#,
        #"{"fields": [{"name": "a", "offset": 0, "f_port": 256}]}"#,
    ])
    func `a layout that cannot be is refused with a reason`(_ text: String) {
        #expect { try Layout(json: text) } throws: { !(($0 as? CodecFault)?.reason.isEmpty ?? true) }
    }

    @Test func `values that do not fit are refused`() throws {
        let layout = try Layout(json: #"{"fields": [{"name": "a", "offset": 0, "bits": 8}]}"#)
        for members in [
            ["a": JSONValue.integer(256)], ["a": .integer(-1)], ["a": .string("x")], [:],
            ["a": .integer(1), "b": .integer(1)], ["a": .null],
        ] {
            #expect(throws: CodecFault.self) { try layout.encode(members, port: nil) }
        }
    }

    @Test func `any payload is taken`() throws {
        let layout = try Layout(json: Self.weather)
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<10_000 {
            let payload = (0..<Int.random(in: 0..<16, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let decoded = layout.decode(payload, port: .random(in: 0...3, using: &generator))
            #expect(decoded.errors.count <= 7)
            _ = try JSONValue.object(decoded.members).text()
        }
    }
}
