import EdgeTestSupport
import Foundation
import SemtechUDP
import Testing

/// One datagram between Semtech's forwarder (lora_pkt_fwd 2.1.0) and a test server.
struct CapturedDatagram: Decodable, CustomTestStringConvertible {
    var t: Double
    var dir: String
    var hex: String

    var bytes: [UInt8] { EdgeTestSupport.bytes(hex: hex) }
    var testDescription: String { "\(dir) at \(t) s" }

    static let all: [CapturedDatagram] = {
        guard let data = try? Vectors.data("gwmp-capture-1.jsonl") else { return [] }
        return data.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(CapturedDatagram.self, from: $0)
        }
    }()
}

@Suite struct `A captured conversation with Semtech's forwarder` {
    @Test func `the file is there`() { #expect(CapturedDatagram.all.count == 52) }

    @Test(arguments: CapturedDatagram.all)
    func `every datagram is of a type that its direction allows`(_ datagram: CapturedDatagram) throws {
        let header = try DatagramHeader(decoding: datagram.bytes)
        #expect((header.gateway != nil) == (datagram.dir == "up"))
        if let gateway = header.gateway { #expect(gateway.rawValue == 0x0016_c001_ff10_a1b2) }
    }

    @Test(arguments: CapturedDatagram.all)
    func `what has no JSON is encoded as it was captured`(_ datagram: CapturedDatagram) throws {
        let bytes = datagram.bytes
        switch try DatagramHeader(decoding: bytes).kind {
        case .pushAck: #expect(try PushAck(decoding: bytes).bytes == bytes)
        case .pullAck: #expect(try PullAck(decoding: bytes).bytes == bytes)
        case .pullData: #expect(try PullData(decoding: bytes).bytes == bytes)
        case .transmitAck: #expect(try TransmitAck(decoding: bytes).bytes == bytes)
        case .pushData, .pullResponse: break
        }
    }

    @Test(arguments: CapturedDatagram.all)
    func `what has JSON comes back from its own encoding`(_ datagram: CapturedDatagram) throws {
        switch try DatagramHeader(decoding: datagram.bytes).kind {
        case .pushData:
            var push = try PushData(decoding: datagram.bytes)
            push.rejections = []
            #expect(try PushData(decoding: push.bytes) == push)
        case .pullResponse:
            guard let response = try? PullResponse(decoding: datagram.bytes) else { return }
            #expect(try PullResponse(decoding: response.bytes) == response)
        default: break
        }
    }

    @Test func `the forwarder's answers to thirteen downlinks are understood`() throws {
        let outcomes = try CapturedDatagram.all.compactMap { datagram -> TransmitAck.Outcome? in
            guard try DatagramHeader(decoding: datagram.bytes).kind == .transmitAck else { return nil }
            return try TransmitAck(decoding: datagram.bytes).outcome
        }
        #expect(
            outcomes == [
                .accepted, .refused(.collisionPacket), .accepted, .refused(.tooEarly),
                .refused(.tooEarly), .refused(.frequency), .refused(.gpsUnlocked), .accepted, .accepted,
                .accepted, .accepted, .refused(.tooEarly), .accepted,
            ])
    }

    @Test func `of the thirteen downlinks only the one without a time is refused`() throws {
        let responses = CapturedDatagram.all.map(\.bytes).filter { $0[3] == 3 }
        #expect(responses.count == 13)
        let refused = responses.filter { (try? PullResponse(decoding: $0)) == nil }
        #expect(refused.map { $0[2] } == [0x0C])
    }

    @Test func `statistics are read, a negative altitude included`() throws {
        let bytes = try #require(CapturedDatagram.all.first { $0.t == 5.2981 }?.bytes)
        let stat = try #require(try PushData(decoding: bytes).statistics)
        #expect(stat.altitude == -5)
        #expect(stat.latitude == 48.2)
        #expect(stat.received == 2)
        #expect(stat.receivedWithValidCRC == 1)
        #expect(stat.downlinksReceived == 12)
        #expect(stat.downlinksSent == 1)
        #expect(stat.temperature == 31.4)
    }
}
