import EdgeTestSupport
import SemtechUDP
import Testing

/// Objects and datagrams that real forwarders have sent, each with its source.
struct RxpkSample: Decodable, CustomTestStringConvertible {
    var name: String
    var source: String
    var kind: String
    var raw: String
    var quirk: String
    var protocolVersion: UInt8?
    var type: UInt8?
    var gatewayEUI: String?

    enum CodingKeys: String, CodingKey {
        case name, source, kind, raw, quirk, type
        case protocolVersion = "protocol_version"
        case gatewayEUI = "gateway_eui"
    }

    var testDescription: String { name }

    /// The whole datagram; a sample of JSON alone gets a PUSH_DATA header.
    var datagram: [UInt8] {
        kind == "json" ? bytes(hex: "02 1234 00 0016c001ff10a1b2") + Array(raw.utf8) : bytes(hex: raw)
    }

    static let all: [RxpkSample] = (try? Vectors.decode([RxpkSample].self, from: "rxpk-samples.json")) ?? []

    static func push(_ name: String) throws -> PushData {
        let sample = try #require(all.first { $0.name == name }, "no sample \(name)")
        return try PushData(decoding: sample.datagram)
    }
}

@Suite struct `Samples from the field` {
    @Test func `the file is there`() { #expect(RxpkSample.all.count == 21) }

    @Test(arguments: RxpkSample.all)
    func `every datagram sample has the header that its file says`(_ sample: RxpkSample) throws {
        let header = try DatagramHeader(decoding: sample.datagram)
        #expect(header.version.rawValue == sample.protocolVersion ?? 2)
        #expect(header.kind.rawValue == sample.type ?? 0)
        let eui = sample.gatewayEUI ?? "0016c001ff10a1b2"
        #expect(header.gateway?.rawValue == UInt64(eui, radix: 16))
    }

    /// Name, packets kept, and what was not.
    static let expected: [(name: String, kept: Int, rejections: [Rejection])] = [
        ("sx1301 EU868 no GPS", 1, []),
        ("stat without position", 0, []),
        ("picoGW US915 2", 1, []),
        ("FSK uplink", 1, []),
        ("Kerlink jver 2 rsig", 1, []),
        ("Kerlink iBTS two antennas, encrypted + plain fine timestamps", 1, []),
        ("Kerlink US915 jver2", 1, []),
        ("RAK/sx130x with GPS time, CRC fail", 0, [.crcBad]),
        ("Helium Packet Router: meta + stat without time", 1, []),
        ("join-request, second-resolution time (Kerlink iFemtoCell)", 1, []),
        ("CN470 lower-case w in BW", 1, []),
        ("three rxpk in one PUSH_DATA, ghosts on neighbour channels", 1, [.crcBad, .crcBad]),
        ("join-request US915", 1, []),
        ("gateway-bridge 33: tmst overflows u32, stale RTC", 1, []),
        ("Kerlink stat nulls/boot/hal", 0, []),
        ("stat with only coordinates", 0, []),
        ("Microchip gateway v1 stat #2", 0, []),
        ("capture: lora_pkt_fwd 2.1.0 (sx1302_hal@4b42025) PUSH_DATA gwmp-capture-1.jsonl", 1, [.crcBad]),
        (
            "capture: lora_pkt_fwd 2.1.0 (sx1302_hal@4b42025) PUSH_DATA gwmp-capture-2.jsonl", 0,
            [Rejection](repeating: .crcBad, count: 5)
        ),
    ]

    @Test(arguments: expected)
    func `every PUSH_DATA sample keeps what is good`(
        _ row: (name: String, kept: Int, rejections: [Rejection])
    ) throws {
        let push = try RxpkSample.push(row.name)
        #expect(push.packets.count == row.kept)
        #expect(push.rejections == row.rejections)
        #expect((push.statistics != nil) == row.name.contains("stat "))
    }

    @Test func `a LoRa reception is read in full`() throws {
        let packet = try #require(try RxpkSample.push("sx1301 EU868 no GPS").packets.first)
        #expect(packet.frequency == 868_500_000)
        #expect(packet.dataRate == .lora(spreadingFactor: 7, bandwidth: 125))
        #expect(packet.codingRate == "4/5")
        #expect(packet.counter == 2_934_474_419)
        #expect(packet.signal == ReceivedPacket.Signal(rssi: -67, snr: 6.8, channel: 2))
        #expect(packet.radioChain == 1)
        #expect(packet.crc == .valid)
        #expect(hex(packet.payload) == "401111111100940304" + "5f9882401f228f4654")
    }

    @Test func `an FSK reception has a bit rate, no coding rate and no SNR`() throws {
        let packet = try #require(try RxpkSample.push("FSK uplink").packets.first)
        #expect(packet.dataRate == .fsk(bitRate: 50_000))
        #expect(packet.dataRate.description == "FSK50000")
        #expect(packet.codingRate == nil)
        #expect(packet.signal == ReceivedPacket.Signal(rssi: -33, channel: 9))
    }

    @Test func `of two antennas the stronger one counts`() throws {
        let name = "Kerlink iBTS two antennas, encrypted + plain fine timestamps"
        let packet = try #require(try RxpkSample.push(name).packets.first)
        #expect(packet.signal == ReceivedPacket.Signal(rssi: -93, snr: 14, channel: 23))
        #expect(packet.time == "2017-07-04T13:51:17.997099Z")
    }

    @Test func `a counter beyond 32 bits is taken modulo 2^32`() throws {
        let name = "gateway-bridge 33: tmst overflows u32, stale RTC"
        let packet = try #require(try RxpkSample.push(name).packets.first)
        #expect(packet.counter == UInt32(473_386_384_150_000 % 4_294_967_296))
    }

    @Test func `a lower-case bandwidth is understood`() throws {
        let packet = try #require(try RxpkSample.push("CN470 lower-case w in BW").packets.first)
        #expect(packet.dataRate.description == "SF12BW125")
    }

    @Test func `statistics may have nulls, and nothing but coordinates`() throws {
        let nulls = try #require(try RxpkSample.push("Kerlink stat nulls/boot/hal").statistics)
        #expect(nulls.acknowledgedPercent == nil)
        #expect(nulls.received == 0)
        #expect(nulls.time == "2021-03-17 18:47:01 GMT")
        let place = try #require(try RxpkSample.push("stat with only coordinates").statistics)
        #expect(place.latitude == 48.32092720674154)
        #expect(place.longitude == 2.9111848714527118)
        #expect(place.time == nil)
    }

    @Test func `a TX_ACK with a trailing NUL says accepted`() throws {
        let sample = try #require(RxpkSample.all.first { $0.name.hasPrefix("Kerlink TX_ACK") })
        #expect(sample.datagram.count == 13)
        #expect(try TransmitAck(decoding: sample.datagram).outcome == .accepted)
    }

    @Test func `a version 1 PULL_DATA is read`() throws {
        let sample = try #require(RxpkSample.all.first { $0.name.hasPrefix("Multitech PULL_DATA") })
        #expect(try PullData(decoding: sample.datagram).version == .v1)
    }
}
