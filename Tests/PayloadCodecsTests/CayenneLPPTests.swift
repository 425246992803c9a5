import EdgeTestSupport
import PayloadCodecs
import Testing

@Suite struct CayenneLPPTests {
    /// Payloads of the format's own description (Cayenne documentation, "Cayenne Low Power Payload").
    @Test func `payloads of the description are understood`() throws {
        // Channels 3 and 5: temperature 27.2 and 25.5 °C.
        let temperatures = CayenneLPP.decode([0x03, 0x67, 0x01, 0x10, 0x05, 0x67, 0x00, 0xFF])
        #expect(
            temperatures.members == ["temperature_3": .number(27.2), "temperature_5": .number(25.5)])
        // Channel 1: temperature -4.1 °C; channel 6: acceleration 1.234, -1.234, 0 g.
        let cold = CayenneLPP.decode(
            [0x01, 0x67, 0xFF, 0xD7, 0x06, 0x71, 0x04, 0xD2, 0xFB, 0x2E, 0x00, 0x00])
        #expect(cold.members["temperature_1"] == .number(-4.1))
        #expect(
            cold.members["accelerometer_6"]
                == .object(["x": .number(1.234), "y": .number(-1.234), "z": .integer(0)]))
        // Channel 1: 42.3519, -87.9094, 10 m.
        let place = CayenneLPP.decode(
            [0x01, 0x88, 0x06, 0x76, 0x5F, 0xF2, 0x96, 0x0A, 0x00, 0x03, 0xE8])
        #expect(
            place.members["gps_1"]
                == .object([
                    "latitude": .number(42.3519), "longitude": .number(-87.9094), "altitude": .integer(10),
                ]))
        #expect(place.errors == [])
    }

    @Test func `what is understood before a fault is kept`() {
        let cut = CayenneLPP.decode([0x03, 0x67, 0x01, 0x10, 0x05, 0x67, 0x00])
        #expect(cut.members == ["temperature_3": .number(27.2)])
        #expect(cut.errors == ["channel 5, temperature: 2 bytes are expected"])
        #expect(CayenneLPP.decode([1, 99, 0]).errors == ["channel 1 has the unknown type 99"])
        #expect(CayenneLPP.decode([7]).errors == ["channel 7 has no type"])
        #expect(CayenneLPP.decode([]) == DecodedPayload())
    }

    @Test func `what is encoded is decoded to the same`() throws {
        let members: [String: JSONValue] = [
            "temperature_1": .number(-12.3), "relative_humidity_1": .number(55.5),
            "digital_in_2": .integer(1),
            "analog_out_3": .number(-1.27), "voltage_4": .number(3.61),
            "unix_time_5": .integer(4_000_000_000),
            "gps_6": .object([
                "latitude": .number(-33.8688), "longitude": .number(151.2093), "altitude": .number(-1.5),
            ]),
        ]
        let payload = try CayenneLPP.encode(members)
        #expect(CayenneLPP.decode(payload) == CayenneLPP.decode(payload))
        #expect(CayenneLPP.decode(payload).members == members)
    }

    @Test(arguments: [
        ["temperature_1": JSONValue.number(4_000)], ["temperature": .integer(1)], ["warmth_1": .integer(1)],
        ["temperature_256": .integer(1)], ["digital_in_1": .integer(-1)], ["gps_1": .integer(1)],
        ["temperature_1": .string("warm")], ["temperature_1": .number(.nan)],
    ])
    func `what does not fit is refused`(_ members: [String: JSONValue]) {
        #expect(throws: CodecFault.self) { try CayenneLPP.encode(members) }
    }

    @Test func `any bytes are taken`() {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<10_000 {
            let payload = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let decoded = CayenneLPP.decode(payload)
            #expect(decoded.errors.count <= 1)
        }
    }
}
