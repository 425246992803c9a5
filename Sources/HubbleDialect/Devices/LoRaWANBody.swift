import EdgeHTTP
import EdgeModel

/// What a client sends about a LoRaWAN device: root keys for joining, or a session for a device
/// that does not join. Keys and addresses in hexadecimal, most significant byte first.
struct LoRaWANBody: Decodable {
    let version: String?
    let devAddr: String?
    let nwkSKey: String?
    let appSKey: String?
    let fNwkSIntKey: String?
    let sNwkSIntKey: String?
    let nwkSEncKey: String?
    let appKey: String?
    let nwkKey: String?
    let allowsCounterReset: Bool?

    enum CodingKeys: String, CodingKey {
        case version
        case devAddr = "dev_addr"
        case nwkSKey = "nwk_s_key"
        case appSKey = "app_s_key"
        case fNwkSIntKey = "f_nwk_s_int_key"
        case sNwkSIntKey = "s_nwk_s_int_key"
        case nwkSEncKey = "nwk_s_enc_key"
        case appKey = "app_key"
        case nwkKey = "nwk_key"
        case allowsCounterReset = "allow_counter_reset"
    }

    private static let key = Schema.characters(32...32, pattern: "^[0-9A-Fa-f]{32}$")
    static let schema = Schema.object([
        .init("version", .characters(3...16, pattern: #"^1\.[01](\..*)?$"#)),
        .init("dev_addr", .characters(8...8, pattern: "^[0-9A-Fa-f]{8}$")),
        .init("nwk_s_key", key, "LoRaWAN 1.0"), .init("app_s_key", key),
        .init("f_nwk_s_int_key", key, "LoRaWAN 1.1"), .init("s_nwk_s_int_key", key, "LoRaWAN 1.1"),
        .init("nwk_s_enc_key", key, "LoRaWAN 1.1"), .init("app_key", key), .init("nwk_key", key),
        .init("allow_counter_reset", .boolean, "Take an uplink counter that starts again"),
    ])

    func value() throws -> LoRaWANProvisioning {
        let provisioning = LoRaWANProvisioning(
            appKey: try appKey.map { try Self.key($0, "app_key") },
            nwkKey: try nwkKey.map { try Self.key($0, "nwk_key") }, session: try session())
        guard provisioning != LoRaWANProvisioning() else {
            throw EdgeError.invalid("lorawan: dev_addr with session keys, or app_key, is expected")
        }
        return provisioning
    }

    private func session() throws -> LoRaWANPersonalisation? {
        let sessionKeys = [nwkSKey, appSKey, fNwkSIntKey, sNwkSIntKey, nwkSEncKey]
        guard devAddr != nil || sessionKeys.contains(where: { $0 != nil }) else { return nil }
        guard let address = devAddr.flatMap(hexadecimalUInt32) else {
            throw EdgeError.invalid("lorawan.dev_addr: 8 hexadecimal characters are expected")
        }
        let applicationKey = try Self.key(appSKey, "app_s_key")
        if try isVersion11() {
            return LoRaWANPersonalisation(
                devAddr: address, version: .v11,
                networkSessionKey: try Self.key(fNwkSIntKey, "f_nwk_s_int_key"),
                servingNetworkSessionKey: try Self.key(sNwkSIntKey, "s_nwk_s_int_key"),
                networkSessionEncryptionKey: try Self.key(nwkSEncKey, "nwk_s_enc_key"),
                applicationSessionKey: applicationKey, allowsCounterReset: allowsCounterReset ?? false)
        }
        return LoRaWANPersonalisation(
            devAddr: address, version: .v10, networkSessionKey: try Self.key(nwkSKey, "nwk_s_key"),
            applicationSessionKey: applicationKey, allowsCounterReset: allowsCounterReset ?? false)
    }

    private func isVersion11() throws -> Bool {
        guard let version else { return fNwkSIntKey != nil }
        if version == "1.1" || version.hasPrefix("1.1.") { return true }
        if version == "1.0" || version.hasPrefix("1.0.") { return false }
        throw EdgeError.invalid("lorawan.version: 1.0 or 1.1 is expected")
    }

    private static func key(_ text: String?, _ name: String) throws -> SecretBytes {
        let digits = (text ?? "").utf8.compactMap(hexadecimalValue)
        guard digits.count == 32, text?.utf8.count == 32 else {
            throw EdgeError.invalid("lorawan.\(name): 32 hexadecimal characters are expected")
        }
        return SecretBytes(stride(from: 0, to: 32, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }
}
