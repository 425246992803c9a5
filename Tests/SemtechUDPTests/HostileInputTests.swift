import EdgeTestSupport
import SemtechUDP
import Testing

/// Every decoder on the same bytes: it returns or throws.
private func decodeEverything(_ bytes: [UInt8]) {
    _ = try? DatagramHeader(decoding: bytes)
    _ = try? PushData(decoding: bytes)
    _ = try? PushAck(decoding: bytes)
    _ = try? PullData(decoding: bytes)
    _ = try? PullAck(decoding: bytes)
    _ = try? PullResponse(decoding: bytes)
    _ = try? TransmitAck(decoding: bytes)
}

private let pushHeader = bytes(hex: "02 1234 00 0016c001ff10a1b2")

@Suite struct `Nothing that comes by UDP traps a decoder` {
    @Test(arguments: RxpkSample.all)
    func `every truncation of every sample`(_ sample: RxpkSample) {
        let datagram = sample.datagram
        for length in 0..<datagram.count { decodeEverything(Array(datagram.prefix(length))) }
    }

    @Test func `every truncation of the captured conversation`() {
        for datagram in CapturedDatagram.all.map(\.bytes) {
            for length in 0..<datagram.count { decodeEverything(Array(datagram.prefix(length))) }
        }
    }

    @Test func `ten thousand random datagrams of each type`() {
        var random = SeededGenerator(seed: 1)
        for round in 0..<10_000 {
            var datagram = random.bytes(count: Int.random(in: 0...80, using: &random))
            decodeEverything(datagram)
            guard datagram.count >= 4 else { continue }
            datagram[0] = UInt8(1 + round % 2)
            datagram[3] = UInt8(round % 6)
            decodeEverything(datagram)
        }
    }

    @Test func `ten thousand samples with random bytes changed`() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<10_000 {
            var datagram = try #require(RxpkSample.all.randomElement(using: &random)).datagram
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let position = Int.random(in: 4..<datagram.count, using: &random)
                datagram[position] = UInt8.random(in: .min ... .max, using: &random)
            }
            decodeEverything(datagram)
        }
    }

    @Test func `ten thousand sentences made of JSON tokens`() throws {
        let tokens = [
            "{", "}", "[", "]", ",", ":", "\"rxpk\"", "\"stat\"", "\"txpk\"", "\"data\"", "\"rsig\"",
            "\"", "\\", "\\u", "\\ud800", "1e9", "-", "-1", ".5", "true", "null", "\"AAAA\"", "\0", " ",
        ]
        var random = SeededGenerator(seed: 3)
        for round in 0..<10_000 {
            var text = "{\"rxpk\":["
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                text += try #require(tokens.randomElement(using: &random))
            }
            decodeEverything(pushHeader + Array(text.utf8))
            decodeEverything([2, 0, 0, UInt8(round % 6)] + Array(text.utf8))
        }
    }

    @Test(arguments: [
        #"{"rxpk":"#, #"{"rxpk":[{"meta":"#, #"{"rxpk":[{"rsig":"#, #"{"stat":"#, #"{"unknown":"#,
    ])
    func `a hundred thousand brackets`(_ prefix: String) throws {
        for bracket in ["[", "{", "[{\"a\":"] {
            let body = Array((prefix + String(repeating: bracket, count: 100_000)).utf8)
            let push = try PushData(decoding: pushHeader + body)
            #expect(push.packets.isEmpty)
            #expect(!push.rejections.isEmpty)
        }
    }

    @Test func `deep nesting inside one rxpk does not cost the next`() throws {
        let deep = String(repeating: "[", count: 30_000) + String(repeating: "]", count: 30_000)
        let good = #"{"freq":868.1,"datr":"SF7BW125","data":"AAAA"}"#
        let body = "{\"rxpk\":[{\"meta\":\(deep),\"freq\":868.1},\(good)]}"
        let push = try PushData(decoding: pushHeader + Array(body.utf8))
        #expect(push.packets.count == 1)
        #expect(push.rejections == [.dataMissing])
    }

    @Test(arguments: [
        "1e999999999999999999", "-1e-999999999999999999", String(repeating: "9", count: 5000),
        "0." + String(repeating: "0", count: 5000) + "1", "18446744073709551616", "-9223372036854775808",
        "1e", "1e+", "-", "1.", "--1", "1e308", "1e400", "-1e400",
    ])
    func `numbers beyond every range`(_ number: String) throws {
        let keys = ["tmst", "tmms", "freq", "rssi", "lsnr", "chan", "rfch", "stat", "datr"]
        for key in keys {
            let body = "{\"rxpk\":[{\"\(key)\":\(number),\"data\":\"AAAA\"}],\"stat\":{\"rxnb\":\(number)}}"
            decodeEverything(pushHeader + Array(body.utf8))
            let measured = """
                {"rxpk":[{"freq":868.1,"datr":"SF7BW125","data":"AAAA","lsnr":\(number),"rssi":\(number)}],\
                "stat":{"ackr":\(number),"temp":\(number),"lati":\(number),"long":\(number),"alti":\(number)}}
                """
            if let push = try? PushData(decoding: pushHeader + Array(measured.utf8)) {
                let (signal, stat) = (push.packets.first?.signal, push.statistics)
                let numbers = [
                    signal?.snr, signal?.rssi, stat?.acknowledgedPercent, stat?.temperature, stat?.latitude,
                    stat?.longitude, stat?.altitude,
                ]
                #expect(numbers.allSatisfy { $0?.isFinite != false })
            }
            decodeEverything([2, 0, 0, 3] + Array("{\"txpk\":{\"\(key)\":\(number)}}".utf8))
        }
    }

    @Test func `bytes that are no UTF-8, and NULs, inside strings`() throws {
        var body = Array(#"{"rxpk":[{"freq":868.1,"datr":"SF7BW125","data":"AAAA","time":""#.utf8)
        body += [0xFF, 0xC0, 0x00, 0xED, 0xA0, 0x80] + Array("\"}]}".utf8)
        let push = try PushData(decoding: pushHeader + body)
        #expect(push.packets.count == 1)
        decodeEverything(pushHeader + [UInt8](repeating: 0xC3, count: 500))
    }

    @Test func `the largest datagrams`() throws {
        decodeEverything(pushHeader + [UInt8](repeating: 0, count: 65_495))
        decodeEverything(pushHeader + [UInt8](repeating: UInt8(ascii: "\""), count: 65_495))
        let one = #"{"freq":868.1,"datr":"SF7BW125","data":"AAAA"},"#
        let many = "{\"rxpk\":[" + String(repeating: one, count: 1400)
        let push = try PushData(decoding: pushHeader + Array(many.utf8.prefix(65_495)))
        #expect(push.packets.count == 1)
        #expect(push.rejections.count(where: { $0 == .ghost }) == PushData.maximumPackets - 1)
        #expect(push.rejections.last == .tooManyRxpk)
    }
}
