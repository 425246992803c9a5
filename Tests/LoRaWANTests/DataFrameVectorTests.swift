import EdgeTestSupport
import LoRaWAN
import Testing

@Suite struct `Data frames of other implementations` {
    @Test func `the file is there`() {
        #expect(LoRaWANVector.all.count == 37)
        #expect(LoRaWANVector.dataFrames.count == 20)
    }

    private func frame(_ vector: LoRaWANVector) throws -> DataFrame { try DataFrame(decoding: vector.bytes) }

    @Test(arguments: LoRaWANVector.dataFrames)
    func `have the fields that their vector says`(_ vector: LoRaWANVector) throws {
        let frame = try frame(vector)
        let expect = vector.expect
        #expect(frame.devAddr.description == expect.devaddr)
        #expect(UInt32(frame.counter) == expect.fcnt.map { $0 & 0xFFFF })
        #expect(frame.fPort == expect.fport)
        #expect(frame.control.adr == expect.adr ?? false)
        #expect(frame.control.ack == expect.ack ?? false)
        #expect(frame.control.adrAckReq == expect.adrAckReq ?? false)
        #expect((frame.direction == .up) == expect.mtype.hasSuffix("Up"))
        #expect(frame.isConfirmed == expect.mtype.hasPrefix("Confirmed"))
        if let options = expect.foptsHex { #expect(hex(frame.fOpts) == options) }
    }

    @Test(arguments: LoRaWANVector.frames)
    func `are written as they were read`(_ vector: LoRaWANVector) throws {
        #expect(try PHYPayload(decoding: vector.bytes).bytes == vector.bytes)
    }

    private func isAuthentic(_ frame: DataFrame, _ vector: LoRaWANVector) throws -> Bool {
        let keys = try vector.sessionKeys
        let counter = FrameCounter(rawValue: try #require(vector.expect.fcnt))
        let acknowledged = vector.micCtx?.confFcnt ?? 0
        guard frame.direction == .up else {
            return frame.verifyDownlink(keys: keys, counter: counter, confirmedCounter: acknowledged)
        }
        guard keys.version == .v11 else {
            return frame.verifyUplink(nwkSKey: keys.fNwkSIntKey, counter: counter)
        }
        return frame.verifyUplink(
            fNwkSIntKey: keys.fNwkSIntKey, sNwkSIntKey: keys.sNwkSIntKey, counter: counter,
            context: UplinkMICContext(
                dataRate: vector.micCtx?.txDr ?? 0, channel: vector.micCtx?.txCh ?? 0,
                confirmedCounter: acknowledged))
    }

    @Test(arguments: LoRaWANVector.dataFrames)
    func `verify when their vector says so`(_ vector: LoRaWANVector) throws {
        #expect(try isAuthentic(try frame(vector), vector) == vector.expect.micOk)
    }

    @Test(arguments: LoRaWANVector.dataFrames.filter { $0.expect.micOk == true })
    func `no longer verify when one bit is flipped`(_ vector: LoRaWANVector) throws {
        for bit in 0..<vector.bytes.count * 8 {
            var bytes = vector.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            guard let frame = try? DataFrame(decoding: bytes) else { continue }
            var expected = vector
            // The MIC is computed from the full counter; the receiver takes it from the frame.
            let high = try #require(vector.expect.fcnt) & 0xFFFF_0000
            expected.expect.fcnt = high | UInt32(frame.counter)
            #expect(try !isAuthentic(frame, expected), "bit \(bit)")
        }
    }

    @Test(arguments: LoRaWANVector.dataFrames.filter { $0.expect.payloadHex != nil && $0.frmIsPlain != true })
    func `open to the payload of their vector`(_ vector: LoRaWANVector) throws {
        let frame = try frame(vector)
        guard !frame.frmPayload.isEmpty, vector.keys["appskey"] != nil || frame.fPort == 0 else { return }
        let counter = FrameCounter(rawValue: try #require(vector.expect.fcnt))
        let payload = frame.openPayload(keys: try vector.sessionKeys, counter: counter)
        #expect(hex(payload) == vector.expect.payloadHex)
    }

    @Test(arguments: LoRaWANVector.dataFrames.filter { $0.expect.foptsPlainHex != nil })
    func `open to the FOpts of their vector`(_ vector: LoRaWANVector) throws {
        let counter = FrameCounter(rawValue: try #require(vector.expect.fcnt))
        let options = try frame(vector).openFOpts(keys: try vector.sessionKeys, counter: counter)
        #expect(hex(options) == vector.expect.foptsPlainHex)
    }

    @Test(
        arguments: LoRaWANVector.dataFrames.filter {
            $0.expect.micOk == true && $0.frmIsPlain != true && $0.expect.payloadHex != nil
        })
    func `are sealed to the same bytes`(_ vector: LoRaWANVector) throws {
        let frame = try frame(vector)
        let keys = try vector.sessionKeys
        let counter = FrameCounter(rawValue: try #require(vector.expect.fcnt))
        let plain = PlainFrame(
            devAddr: frame.devAddr, isConfirmed: frame.isConfirmed, control: frame.control,
            counter: counter, fOpts: frame.openFOpts(keys: keys, counter: counter), fPort: frame.fPort,
            payload: frame.openPayload(keys: keys, counter: counter))
        let context = vector.micCtx
        let sealed =
            frame.direction == .down
            ? try plain.sealDownlink(keys: keys, confirmedCounter: context?.confFcnt ?? 0)
            : try plain.sealUplink(
                keys: keys,
                context: UplinkMICContext(
                    dataRate: context?.txDr ?? 0, channel: context?.txCh ?? 0,
                    confirmedCounter: context?.confFcnt ?? 0))
        #expect(hex(sealed.bytes) == vector.phypayloadHex)
    }
}
