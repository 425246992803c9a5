import EdgeTestSupport
import SemtechUDP
import Testing

private func push(_ json: String) throws -> PushData {
    try PushData(decoding: bytes(hex: "02 1234 00 0016c001ff10a1b2") + Array(json.utf8))
}

private func rxpk(
    _ data: String = "QPF9vkkAAgABlUN4disR/w0=", frequency: String = "868.1", rssi: Int = -57,
    tmst: Int = 1000, stat: Int = 1, extra: String = ""
) -> String {
    """
    {"tmst":\(tmst),"freq":\(frequency),"stat":\(stat),"modu":"LORA","datr":"SF7BW125","codr":"4/5",\
    "rssi":\(rssi),"lsnr":9.2,"size":17,"data":"\(data)"\(extra)}
    """
}

@Suite struct `PUSH_DATA keeps what is good` {
    @Test func `one unparsable rxpk costs itself only`() throws {
        let broken = #"{"tmst":12,,:"freq" 868.1}"#
        let push = try push("{\"rxpk\":[\(rxpk("AAAAAAAAAAAAAAAA")),\(broken),\(rxpk("AQAAAAAAAAAAAAAA"))]}")
        #expect(push.packets.map { $0.payload[0] } == [0, 1])
        #expect(push.rejections == [.malformedRxpk])
    }

    @Test(arguments: [
        (#"{"freq":868.1,"datr":"SF7BW125"}"#, Rejection.dataMissing),
        (#"{"freq":868.1,"datr":"SF7BW125","data":null}"#, .dataMissing),
        (#"{"freq":868.1,"datr":"SF7BW125","data":"A?=="}"#, .dataNotBase64),
        (#"{"freq":868.1,"datr":"SF7BW125","data":"AAAAA"}"#, .dataNotBase64),
        (#"{"freq":868.1,"datr":"SF7BW125","data":""}"#, .dataLength),
        (#"{"datr":"SF7BW125","data":"AAAA"}"#, .frequency),
        (#"{"freq":-868.1,"datr":"SF7BW125","data":"AAAA"}"#, .frequency),
        (#"{"freq":1e999,"datr":"SF7BW125","data":"AAAA"}"#, .frequency),
        (#"{"freq":868.1,"data":"AAAA"}"#, .dataRate),
        (#"{"freq":868.1,"datr":"SF13BW125","data":"AAAA"}"#, .dataRate),
        (#"{"freq":868.1,"datr":"SF7BW125","modu":"FSK","data":"AAAA"}"#, .dataRate),
        (#"{"freq":868.1,"datr":"SF7BW125","stat":-1,"data":"AAAA"}"#, .crcBad),
        ("17", .malformedRxpk),
        ("null", .malformedRxpk),
        ("[]", .malformedRxpk),
    ])
    func `each fault of an rxpk has its reason`(_ row: (json: String, reason: Rejection)) throws {
        let push = try push("{\"rxpk\":[\(row.json),\(rxpk())]}")
        #expect(push.packets.count == 1)
        #expect(push.rejections == [row.reason])
    }

    @Test func `a stat that breaks off does not cost the rxpk before it`() throws {
        let push = try push("{\"rxpk\":[\(rxpk())],\"stat\":{\"time\":\"2026-11-20 21:05:29 GMT\",\"rxnb\":2")
        #expect(push.packets.count == 1)
        #expect(push.statistics == nil)
        #expect(push.rejections == [.malformedStat])
    }

    @Test func `an rxpk that breaks off does not cost the one before it`() throws {
        let push = try push("{\"rxpk\":[\(rxpk()),{\"tmst\":1,\"data\":\"QPF9")
        #expect(push.packets.count == 1)
        #expect(push.rejections == [.malformedRxpk])
    }

    @Test func `statistics are kept beside a broken rxpk`() throws {
        let push = try push(#"{"rxpk":[{"a" 1}],"stat":{"rxnb":7}}"#)
        #expect(push.statistics?.received == 7)
        #expect(push.rejections == [.malformedRxpk])
    }

    @Test(arguments: ["", "   ", "[]", "nonsense", "\"rxpk\"", "{\"rxpk\":", "{\"rxpk\""])
    func `a body that is no object is a rejection, not an error`(_ body: String) throws {
        let push = try push(body)
        #expect(push.packets.isEmpty)
        #expect(push.rejections == [.malformedBody])
    }

    @Test(
        arguments: [
            (#"{"rxpk":null,"stat":null}"#, []),
            (#"{"rxpk":{},"stat":[]}"#, [.malformedRxpk, .malformedStat]),
            (#"{"rxpk":[],"stat":{}}"#, []),
        ] as [(String, [Rejection])])
    func `null means absent, another kind does not`(_ row: (body: String, reasons: [Rejection])) throws {
        #expect(try push(row.body).rejections == row.reasons)
    }

    @Test func `what follows the object is ignored`() throws {
        #expect(try push("{\"rxpk\":[\(rxpk())]}\0\0garbage{").packets.count == 1)
    }

    @Test func `stat 0 and a missing stat are kept and flagged`() throws {
        #expect(try push("{\"rxpk\":[\(rxpk(stat: 0))]}").packets.map(\.crc) == [.notChecked])
        let unsaid = #"{"rxpk":[{"freq":868.1,"datr":"SF7BW125","data":"AAAA"}]}"#
        #expect(try push(unsaid).packets.map(\.crc) == [.notChecked])
    }

    @Test(arguments: ["++++", "----", "-+-+"])
    func `both Base64 alphabets are taken`(_ text: String) throws {
        #expect(try push("{\"rxpk\":[\(rxpk(text))]}").packets.map(\.payload) == [[0xFB, 0xEF, 0xBE]])
    }

    @Test(arguments: ["/w==", "/w=", "/w", "_w", #"\/w=="#, #"\u002fw"#])
    func `padding may be missing and slashes escaped`(_ text: String) throws {
        #expect(try push("{\"rxpk\":[\(rxpk(text))]}").packets.map(\.payload) == [[0xFF]])
    }

    @Test func `keys of the wrong kind count as missing`() throws {
        let extra = #","rssi":"loud","lsnr":null,"chan":{"a":[1]},"codr":5,"time":7,"tmms":-1,"brd":263"#
        let packet = try #require(try push("{\"rxpk\":[\(rxpk(extra: extra))]}").packets.first)
        #expect(packet.signal == ReceivedPacket.Signal())
        #expect(packet.codingRate == nil)
        #expect(packet.time == nil)
        #expect(packet.gpsMilliseconds == nil)
    }

    @Test func `bare words such as nan count as missing`() throws {
        let push = try push(#"{"stat":{"lati":nan,"long":-nan,"ackr":-,"rxnb":3}}"#)
        #expect(push.statistics?.latitude == nil)
        #expect(push.statistics?.received == 3)
    }

    @Test(
        arguments: [
            ("868.1", 868_100_000), ("868.099975", 868_099_975), ("868.0999755859375", 868_099_976),
            ("8681e-1", 868_100_000), ("0.8681E+3", 868_100_000), ("2403", 2_403_000_000),
            ("868.10000000000000000000000000000000001", 868_100_000),
        ] as [(String, UInt32)])
    func `frequencies become hertz`(_ row: (text: String, hertz: UInt32)) throws {
        #expect(try push("{\"rxpk\":[\(rxpk(frequency: row.text))]}").packets.map(\.frequency) == [row.hertz])
    }

    @Test(arguments: [
        ("sf5bw500", "SF5BW500"), ("SF12Bw125", "SF12BW125"), ("50000", "FSK50000"), ("M0CW137", "M0CW137"),
    ])
    func `data rates are read in any spelling`(_ row: (text: String, name: String)) {
        #expect(DataRate(row.text)?.description == row.name)
    }

    @Test func `coding rate OFF means none`() throws {
        let packet = try #require(try push("{\"rxpk\":[\(rxpk(extra: #","codr":"OFF""#))]}").packets.first)
        #expect(packet.codingRate == nil)
    }
}

@Suite struct `Copies in one PUSH_DATA are one uplink` {
    @Test func `equal bytes on three frequencies leave the strongest`() throws {
        let copies = [("868.1", -101), ("868.5", -51), ("867.7", -99)].map {
            rxpk(frequency: $0.0, rssi: $0.1)
        }
        let push = try push("{\"rxpk\":[\(copies.joined(separator: ","))]}")
        #expect(push.packets.map(\.frequency) == [868_500_000])
        #expect(push.rejections == [.ghost, .ghost])
    }

    @Test func `of equally strong copies the first stays`() throws {
        let push = try push("{\"rxpk\":[\(rxpk(frequency: "868.1")),\(rxpk(frequency: "868.3"))]}")
        #expect(push.packets.map(\.frequency) == [868_100_000])
    }

    @Test func `a near-field copy with bit errors gives way to the one whose CRC is valid`() throws {
        let good = rxpk("AAAAAAAAAAAAAAAA", frequency: "868.3", rssi: -60, tmst: 4_294_967_295)
        let ghost = rxpk("AAAAAAAAAAAAAAAB", frequency: "868.1", rssi: -20, tmst: 500, stat: 0)
        for body in [[good, ghost], [ghost, good]] {
            let push = try push("{\"rxpk\":[\(body.joined(separator: ","))]}")
            #expect(push.packets.map(\.frequency) == [868_300_000])
            #expect(push.rejections == [.ghost])
        }
    }

    @Test func `two devices at the same moment are two uplinks`() throws {
        let first = rxpk("AAAAAAAAAAAAAAAA", frequency: "868.1")
        let second = rxpk("AAAAAAAAAAAAAAAB", frequency: "868.3")
        let push = try push("{\"rxpk\":[\(first),\(second)]}")
        #expect(push.packets.count == 2)
        #expect(push.rejections.isEmpty)
    }
}
