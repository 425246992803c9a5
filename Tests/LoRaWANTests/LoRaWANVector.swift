import EdgeTestSupport
import Foundation
import LoRaWAN
import Testing

/// One entry of `lorawan.json`: frames and key derivations from other implementations' tests.
struct LoRaWANVector: Decodable, CustomTestStringConvertible {
    var name: String
    var source: String
    var lorawan: String
    var phypayloadHex: String?
    var keys: [String: String]
    var expect: Expectation
    var micCtx: Context?
    var deriveInput: Derivation?
    /// FRMPayload was signed without being encrypted.
    var frmIsPlain: Bool?

    struct Expectation: Decodable {
        var mtype: String
        var devaddr, deveui, joineui, netid: String?
        var fcnt, devnonce, joinnonce, rjcount, jrtype: UInt32?
        var fport: UInt8?
        var payloadHex, foptsHex, foptsPlainHex, micHex, decryptedHex, cflistHex: String?
        var dlsettings: String?
        var rxdelay, rejoinType: UInt8?
        var micOk, adr, adrAckReq, ack: Bool?
        var nwkskey, appskey, fnwksintkey, snwksintkey, nwksenckey: String?
        var jsintkey, jsenckey, legacyNwkskey, legacyAppskey: String?
    }

    struct Context: Decodable {
        var confFcnt: UInt16
        var txDr, txCh: UInt8
    }

    struct Derivation: Decodable {
        var joinnonce: UInt32?
        var devnonce: UInt16?
        var netid, joineui, deveui: String?
    }

    var testDescription: String { name }

    static let all: [LoRaWANVector] = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let data = try? Vectors.data("lorawan.json") else { return [] }
        return (try? decoder.decode([LoRaWANVector].self, from: data)) ?? []
    }()
    static let frames = all.filter { $0.phypayloadHex != nil }
    static let dataFrames = frames.filter { $0.expect.mtype.contains("Data") }

    static func ofType(_ mtype: String) -> [LoRaWANVector] { all.filter { $0.expect.mtype == mtype } }

    var bytes: [UInt8] { EdgeTestSupport.bytes(hex: phypayloadHex ?? "") }

    func key(_ name: String) throws -> AESKey {
        try #require(keys[name].flatMap { AESKey(EdgeTestSupport.bytes(hex: $0)) }, "no \(name)")
    }

    /// The session's keys; one that the vector leaves out is all zeros, since nothing needs it.
    var sessionKeys: SessionKeys {
        get throws {
            func key(_ name: String) throws -> AESKey {
                let hex = keys[name] ?? String(repeating: "0", count: 32)
                return try #require(AESKey(EdgeTestSupport.bytes(hex: hex)))
            }
            return lorawan == "1.0"
                ? SessionKeys(nwkSKey: try key("nwkskey"), appSKey: try key("appskey"))
                : SessionKeys(
                    fNwkSIntKey: try key("fnwksintkey"), sNwkSIntKey: try key("snwksintkey"),
                    nwkSEncKey: try key("nwksenckey"), appSKey: try key("appskey"))
        }
    }
}

func key(_ hex: String) throws -> AESKey { try #require(AESKey(bytes(hex: hex))) }
