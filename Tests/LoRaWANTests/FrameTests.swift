import EdgeTestSupport
import LoRaWAN
import Testing

@Suite struct `Frames` {
    @Test(arguments: [
        ("", FrameError.truncated),
        ("40 04030201 00 0100 0102", .truncated),
        ("40 04030201 0f 0100 01020304", .truncated),  // FOpts announced, and not there
        ("41 04030201 00 0100 01020304", .unsupportedMajor),
        ("81 0c205053 13 000d 000d 00abcdef", .unsupportedMajor),
        ("40 04030201 01 0100 02 00 05 01020304", .commandsTwice),
        ("00 0102", .truncated),
        ("00 0807060504030201 1817161514131211 0500 01020304 00", .badLength),
        ("20 0102", .badLength),
        ("c0 03 010203 1817161514131211 0500 01020304", .unknownRejoinType),
        ("c0 00 010203 1817161514131211 0500 01020304 00", .badLength),
    ])
    func `are refused with a reason`(_ row: (hex: String, error: FrameError)) {
        #expect(throws: row.error) { try PHYPayload(decoding: bytes(hex: row.hex)) }
    }

    @Test func `of more than 255 bytes are refused`() {
        #expect(throws: FrameError.tooLong) {
            try PHYPayload(decoding: [0x40] + [UInt8](repeating: 0, count: 255))
        }
    }

    @Test func `proprietary ones are passed on`() throws {
        let frame = try PHYPayload(decoding: [0xE0, 1, 2])
        #expect(frame == .proprietary(MHDR(.proprietary), payload: [1, 2]))
        #expect(frame.bytes == [0xE0, 1, 2])
    }

    @Test func `RFU bits survive, so that the MIC is computed over what was sent`() throws {
        let frame = bytes(hex: "5c 04030201 ff 0100 000102030405060708090a0b0c0d0e 01 aa 01020304")
        #expect(try PHYPayload(decoding: frame).bytes == frame)
    }

    @Test func `port 226 is opened with the network's key`() throws {
        let keys = SessionKeys(
            nwkSKey: try key("01010101010101010101010101010101"),
            appSKey: try key("02020202020202020202020202020202"))
        let counter = FrameCounter(rawValue: 9)
        let relayed = PlainFrame(
            devAddr: DevAddr(rawValue: 1), counter: counter, fPort: 226, payload: [1, 2, 3])
        let frame = try relayed.sealUplink(keys: keys)
        #expect(frame.openPayload(keys: keys, counter: counter) == [1, 2, 3])
        let swapped = SessionKeys(nwkSKey: keys.appSKey, appSKey: keys.fNwkSIntKey)
        #expect(frame.openPayload(keys: swapped, counter: counter) != [1, 2, 3])
    }

    @Test func `what does not fit is not sealed`() throws {
        let one = try key("01010101010101010101010101010101")
        let keys = SessionKeys(nwkSKey: one, appSKey: one)
        func plain(fOpts: Int = 0, fPort: UInt8 = 1, payload: Int = 0) -> PlainFrame {
            PlainFrame(
                devAddr: DevAddr(rawValue: 1), counter: FrameCounter(rawValue: 0),
                fOpts: [UInt8](repeating: 2, count: fOpts), fPort: fPort,
                payload: [UInt8](repeating: 0, count: payload))
        }
        #expect(try plain(fOpts: 15, payload: 227).sealUplink(keys: keys).bytes.count == 255)
        #expect(throws: FrameError.tooLong) { try plain(fOpts: 16).sealUplink(keys: keys) }
        #expect(throws: FrameError.tooLong) { try plain(payload: 243).sealUplink(keys: keys) }
        #expect(throws: FrameError.commandsTwice) { try plain(fOpts: 1, fPort: 0).sealUplink(keys: keys) }
    }

    @Test func `1.1 verifies by half without data rate and channel`() throws {
        let one = try key("01010101010101010101010101010101")
        let two = try key("02020202020202020202020202020202")
        let keys = SessionKeys(fNwkSIntKey: one, sNwkSIntKey: two, nwkSEncKey: one, appSKey: two)
        let counter = FrameCounter(rawValue: 70_000)
        let plain = PlainFrame(
            devAddr: DevAddr(rawValue: 5), counter: counter, fOpts: [2], fPort: 1, payload: [7])
        let frame = try plain.sealUplink(keys: keys, context: UplinkMICContext(dataRate: 5, channel: 2))
        #expect(frame.fOpts != [2])
        #expect(frame.openFOpts(keys: keys, counter: counter) == [2])
        #expect(frame.verifyUplinkHalf(fNwkSIntKey: one, counter: counter))
        #expect(!frame.verifyUplinkHalf(fNwkSIntKey: two, counter: counter))
        let right = UplinkMICContext(dataRate: 5, channel: 2)
        let wrong = UplinkMICContext(dataRate: 5, channel: 3)
        #expect(frame.verifyUplink(fNwkSIntKey: one, sNwkSIntKey: two, counter: counter, context: right))
        #expect(!frame.verifyUplink(fNwkSIntKey: one, sNwkSIntKey: two, counter: counter, context: wrong))
    }
}

@Suite struct `Identifiers and keys` {
    @Test func `are written as they are read`() {
        #expect(DevAddr("26011FFF")?.description == "26011fff")
        #expect(DevEUI("70B3D57ED0000001")?.rawValue == 0x70B3_D57E_D000_0001)
        #expect(JoinEUI("0000000000000001")?.description == "0000000000000001")
        #expect(NetID("000013")?.rawValue == 0x13)
    }

    @Test(arguments: ["", "2601FFF", "26011FFFF", "2601 FFF", "+6011FFF", "2601١FFF"])
    func `anything else is refused`(_ text: String) { #expect(DevAddr(text) == nil) }

    @Test func `a key does not show itself`() throws {
        let secret = try key("00112233445566778899aabbccddeeff")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])"] {
            #expect(text.contains("redacted"))
            #expect(!text.contains("33") && !text.contains("51"))
        }
        #expect(AESKey([1, 2, 3]) == nil)
        #expect(AESKey([UInt8](repeating: 0, count: 17)) == nil)
        #expect(secret.withBytes { hex($0) } == "00112233445566778899aabbccddeeff")
    }

    @Test func `keys are equal in all of their bytes only`() throws {
        let bytes = bytes(hex: "00112233445566778899aabbccddeeff")
        #expect(AESKey(bytes) == AESKey(bytes))
        for place in bytes.indices {
            var other = bytes
            other[place] ^= 1
            #expect(AESKey(other) != AESKey(bytes))
        }
    }

    @Test func `a session of one network key has it in all three places`() throws {
        let (network, application) = (try #require(AESKey(0..<16)), try #require(AESKey(16..<32)))
        let keys = SessionKeys(nwkSKey: network, appSKey: application)
        #expect([keys.fNwkSIntKey, keys.sNwkSIntKey, keys.nwkSEncKey] == [network, network, network])
        #expect(keys.appSKey == application)
        #expect(keys.version == .v10)
        let newer = SessionKeys(
            fNwkSIntKey: network, sNwkSIntKey: application, nwkSEncKey: network, appSKey: application)
        #expect(newer.version == .v11)
        #expect([newer.fNwkSIntKey, newer.sNwkSIntKey, newer.nwkSEncKey] == [network, application, network])
        #expect(newer != keys)
        var dumped = ""
        dump(newer, to: &dumped)
        #expect(dumped.contains("redacted") && !dumped.contains("31"))
    }
}

@Suite struct `MAC commands` {
    @Test func `are split by their lengths`() {
        let split = MACCommand.split(bytes(hex: "02 0305 067307 0d"), direction: .up)
        #expect(split.commands.map(\.identifier) == [2, 3, 6, 13])
        #expect(split.commands.map(\.fields) == [[], [5], [0x73, 0x07], []])
        #expect(split.rest.isEmpty)
    }

    @Test func `have other lengths downwards`() {
        let split = MACCommand.split(bytes(hex: "02 1403 03 50ff0001 0d 0102030405"), direction: .down)
        #expect(split.commands.map(\.fields.count) == [2, 4, 5])
    }

    @Test(arguments: [("02 80 01", "8001"), ("02 06 01", "0601"), ("ff", "ff")])
    func `end at an unknown or broken one`(_ row: (hex: String, rest: String)) {
        let split = MACCommand.split(bytes(hex: row.hex), direction: .up)
        #expect(hex(split.rest) == row.rest)
    }
}
