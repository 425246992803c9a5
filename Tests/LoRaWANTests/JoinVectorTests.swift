import EdgeTestSupport
import LoRaWAN
import Testing

@Suite struct `Join messages and keys of other implementations` {
    @Test(arguments: LoRaWANVector.ofType("JoinRequest"))
    func `join-requests`(_ vector: LoRaWANVector) throws {
        let request = try JoinRequest(decoding: vector.bytes)
        #expect(request.joinEUI.description == vector.expect.joineui)
        #expect(request.devEUI.description == vector.expect.deveui)
        #expect(UInt32(request.devNonce) == vector.expect.devnonce)
        let key = try vector.key(vector.lorawan == "1.0" ? "appkey" : "nwkkey")
        #expect(request.verify(rootKey: key) == vector.expect.micOk)
        guard vector.expect.micOk == true else { return }
        let made = JoinRequest(
            joinEUI: request.joinEUI, devEUI: request.devEUI, devNonce: request.devNonce, rootKey: key)
        #expect(made.bytes == vector.bytes)
        for bit in 0..<32 {
            var bytes = vector.bytes
            bytes[19 + bit / 8] ^= 1 << (bit % 8)
            #expect(try !JoinRequest(decoding: bytes).verify(rootKey: key))
        }
    }

    private func signature(_ vector: LoRaWANVector) throws -> JoinAccept.Signature {
        guard vector.lorawan == "1.1" else { return .v10(try vector.key("appkey")) }
        let joinEUI = try #require(vector.expect.joineui.flatMap { JoinEUI($0) })
        return .v11(
            jsIntKey: try vector.key("jsintkey"),
            requestType: UInt8(try #require(vector.expect.jrtype)), joinEUI: joinEUI,
            devNonce: UInt16(try #require(vector.expect.devnonce)))
    }

    @Test(arguments: LoRaWANVector.ofType("JoinAccept"))
    func `join-accepts`(_ vector: LoRaWANVector) throws {
        let key = try vector.key(vector.lorawan == "1.0" ? "appkey" : "nwkkey")
        let (accept, mic) = try SealedJoinAccept(decoding: vector.bytes).open(key: key)
        #expect(accept.joinNonce == vector.expect.joinnonce)
        #expect(accept.netID.description == vector.expect.netid)
        #expect(accept.devAddr.description == vector.expect.devaddr)
        #expect(hex([accept.dlSettings]) == vector.expect.dlsettings)
        #expect(accept.optNeg == (vector.lorawan == "1.1"))
        #expect(accept.rxDelay == vector.expect.rxdelay)
        #expect(hex(accept.cfList) == vector.expect.cflistHex)
        #expect(mic.description == vector.expect.micHex)
        #expect(accept.verify(mic, signature: try signature(vector)))
        #expect(!accept.verify(MIC(rawValue: mic.rawValue ^ 1), signature: try signature(vector)))
        #expect(try accept.seal(key: key, signature: try signature(vector)).bytes == vector.bytes)
    }

    @Test func `a join-accept with a CFList comes back from its own encoding`() throws {
        let key = try key("00112233445566778899aabbccddeeff")
        let accept = JoinAccept(
            joinNonce: 1, netID: NetID(rawValue: 0x13), devAddr: DevAddr(rawValue: 0x2601_1FFF),
            dlSettings: 0x03, rxDelay: 5, cfList: [UInt8](0..<16))
        let sealed = try accept.seal(key: key, signature: .v10(key))
        #expect(sealed.bytes.count == 33)
        let opened = try SealedJoinAccept(decoding: sealed.bytes).open(key: key)
        #expect(opened.accept == accept)
        #expect(opened.accept.verify(opened.mic, signature: .v10(key)))
        #expect(throws: FrameError.badLength) {
            try JoinAccept(
                joinNonce: 1, netID: NetID(rawValue: 0), devAddr: DevAddr(rawValue: 0), dlSettings: 0,
                rxDelay: 0, cfList: [1]
            ).seal(key: key, signature: .v10(key))
        }
    }

    @Test(arguments: LoRaWANVector.ofType("RejoinRequest"))
    func `rejoin-requests`(_ vector: LoRaWANVector) throws {
        let request = try RejoinRequest(decoding: vector.bytes)
        #expect(request.kind.rawValue == vector.expect.rejoinType)
        #expect(request.devEUI.description == vector.expect.deveui)
        #expect(UInt32(request.counter) == vector.expect.rjcount)
        switch request.kind {
        case .reset(let netID), .rekey(let netID): #expect(netID.description == vector.expect.netid)
        case .restore: Issue.record("no vector has type 1")
        }
        #expect(request.verify(key: try vector.key("snwksintkey")))
        #expect(try !request.verify(key: key("ff112233445566778899aabbccddeeff")))
    }

    @Test func `a rejoin-request of type 1 has a JoinEUI`() throws {
        let frame = bytes(hex: "c0 01 0807060504030201 1817161514131211 0500 01020304")
        let request = try RejoinRequest(decoding: frame)
        #expect(request.kind == .restore(JoinEUI(rawValue: 0x0102_0304_0506_0708)))
        #expect(request.devEUI == DevEUI("1112131415161718"))
        #expect(request.counter == 5)
        #expect(request.bytes == frame)
    }

    @Test func `the keys of a 1.0 join are those of the vector`() throws {
        let vector = try #require(LoRaWANVector.ofType("JoinAccept").first { $0.expect.nwkskey != nil })
        let appKey = try vector.key("appkey")
        let (accept, _) = try SealedJoinAccept(decoding: vector.bytes).open(key: appKey)
        let keys = SessionKeys(
            appKey: appKey, joinNonce: accept.joinNonce, netID: accept.netID,
            devNonce: UInt16(try #require(vector.expect.devnonce)))
        #expect(keys.fNwkSIntKey == (try key(try #require(vector.expect.nwkskey))))
        #expect(keys.appSKey == (try key(try #require(vector.expect.appskey))))
    }

    @Test(arguments: LoRaWANVector.ofType("KeyDerivation"))
    func `derived keys`(_ vector: LoRaWANVector) throws {
        let expect = vector.expect
        let input = try #require(vector.deriveInput)
        if let nwkSKey = expect.legacyNwkskey ?? expect.nwkskey,
            let appSKey = expect.legacyAppskey ?? expect.appskey
        {
            let keys = SessionKeys(
                appKey: try vector.key("appkey"), joinNonce: try #require(input.joinnonce),
                netID: try #require(input.netid.flatMap { NetID($0) }),
                devNonce: try #require(input.devnonce))
            #expect(keys == SessionKeys(nwkSKey: try key(nwkSKey), appSKey: try key(appSKey)))
        }
        if let fNwkSIntKey = expect.fnwksintkey {
            let keys = SessionKeys(
                nwkKey: try vector.key("nwkkey"), appKey: try vector.key("appkey"),
                joinNonce: try #require(input.joinnonce),
                joinEUI: try #require(input.joineui.flatMap { JoinEUI($0) }),
                devNonce: try #require(input.devnonce))
            #expect(keys.fNwkSIntKey == (try key(fNwkSIntKey)))
            #expect(keys.sNwkSIntKey == (try key(try #require(expect.snwksintkey))))
            #expect(keys.nwkSEncKey == (try key(try #require(expect.nwksenckey))))
            #expect(keys.appSKey == (try key(try #require(expect.appskey))))
        }
        if let jsIntKey = expect.jsintkey, let jsEncKey = expect.jsenckey {
            let devEUI = try #require(input.deveui.flatMap { DevEUI($0) })
            let keys = JoinKeys(nwkKey: try vector.key("nwkkey"), devEUI: devEUI)
            #expect(keys.jsIntKey == (try key(jsIntKey)))
            #expect(keys.jsEncKey == (try key(jsEncKey)))
        }
    }
}
