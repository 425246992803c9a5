import EdgeTestSupport
import SemtechUDP
import Testing

@Suite struct `PULL_RESP has everything that a forwarder demands` {
    static let lora = TransmitPacket.Modulation.lora(
        spreadingFactor: 9, bandwidth: 125, codingRate: "4/5", invertsPolarity: true)

    private func json(_ packet: TransmitPacket) -> String {
        let datagram = PullResponse(version: .v2, token: 0xABCD, packet: packet).bytes
        return String(decoding: datagram.dropFirst(4), as: UTF8.self)
    }

    @Test func `LoRa at a counter value`() throws {
        let packet = try TransmitPacket(
            timing: .counter(4_294_967_295), frequency: 869_525_000, power: 14, modulation: Self.lora,
            payload: [0xFF, 0xEF])
        #expect(
            json(packet) == """
                {"txpk":{"tmst":4294967295,"rfch":0,"freq":869.525000,"powe":14,"modu":"LORA",\
                "datr":"SF9BW125","codr":"4/5","ipol":true,"size":2,"data":"/+8="}}
                """)
    }

    @Test func `FSK at once`() throws {
        let packet = try TransmitPacket(
            timing: .immediately, radioChain: 1, frequency: 868_800_000,
            modulation: .fsk(bitRate: 50_000, deviation: 25_000), omitsCRC: true, preamble: 5,
            payload: [1, 2, 3])
        #expect(
            json(packet) == """
                {"txpk":{"imme":true,"rfch":1,"freq":868.800000,"modu":"FSK","datr":50000,"fdev":25000,\
                "prea":5,"ncrc":true,"size":3,"data":"AQID"}}
                """)
    }

    @Test func `version 1 sends no token`() throws {
        let packet = try TransmitPacket(
            timing: .gps(milliseconds: 5), frequency: 868_100_000, modulation: Self.lora, payload: [1])
        #expect(Array(PullResponse(version: .v1, token: 7, packet: packet).bytes.prefix(4)) == [1, 0, 0, 3])
        #expect(Array(PullResponse(version: .v2, token: 7, packet: packet).bytes.prefix(4)) == [2, 0, 7, 3])
    }

    @Test func `what a forwarder would drop in silence cannot be made`() {
        func fault(
            radioChain: Int = 0, frequency: UInt32 = 1, modulation: TransmitPacket.Modulation = Self.lora,
            payload: [UInt8] = [1]
        ) -> TransmitPacket.Fault? {
            do {
                _ = try TransmitPacket(
                    timing: .immediately, radioChain: radioChain, frequency: frequency,
                    modulation: modulation, payload: payload)
                return nil
            } catch { return error }
        }
        #expect(fault() == nil)
        #expect(fault(radioChain: -1) == .radioChain)
        #expect(fault(frequency: 0) == .frequency)
        #expect(fault(payload: []) == .payload)
        #expect(fault(payload: [UInt8](repeating: 0, count: 256)) == .payload)
        #expect(fault(modulation: .fsk(bitRate: 50_000, deviation: 0)) == .modulation)
        #expect(
            fault(
                modulation: .lora(
                    spreadingFactor: 13, bandwidth: 125, codingRate: "4/5", invertsPolarity: true))
                == .modulation)
    }
}

@Suite struct `TX_ACK tells what became of a downlink` {
    @Test(arguments: [
        ("", TransmitAck.Outcome.accepted),
        ("\0", .accepted),
        (#"{"txpk_ack":{"error":"NONE"}}"#, .accepted),
        (#"{"txpk_ack":{"error":""}}"#, .accepted),
        (#"{"txpk_ack":{"error":"TOO_LATE"}}"#, .refused(.tooLate)),
        (#"{"txpk_ack":{"error":"NEW_REASON"}}"#, .refused(.unknown)),
        (#"{"txpk_ack":{"warn":"TX_POWER","value":20}}"#, .acceptedWithWarning(.power)),
    ])
    func `in every form it comes in`(_ row: (body: String, outcome: TransmitAck.Outcome)) throws {
        let datagram = bytes(hex: "02 1001 05 0016c001ff10a1b2") + Array(row.body.utf8)
        #expect(try TransmitAck(decoding: datagram).outcome == row.outcome)
    }

    @Test func `a body that is not JSON is an error`() {
        #expect(throws: DatagramError.malformedBody) {
            try TransmitAck(decoding: bytes(hex: "02 1001 05 0016c001ff10a1b2 41"))
        }
    }
}

@Suite struct `Headers` {
    @Test(arguments: [
        ("", DatagramError.tooShort),
        ("02 1234", .tooShort),
        ("02 1234 00 0016c001ff10a1", .tooShort),
        ("00 1234 01", .unsupportedVersion),
        ("03 1234 01", .unsupportedVersion),
        ("02 1234 06", .unknownType),
    ])
    func `are refused with a reason`(_ row: (hex: String, error: DatagramError)) {
        #expect(throws: row.error) { try DatagramHeader(decoding: bytes(hex: row.hex)) }
    }

    @Test func `of another type are not taken`() {
        let pull = PullData(version: .v2, token: 1, gateway: GatewayEUI(rawValue: 1)).bytes
        #expect(throws: DatagramError.otherType) { try PushData(decoding: pull) }
        #expect(throws: DatagramError.otherType) { try PushAck(decoding: pull) }
    }
}
