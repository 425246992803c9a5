import EdgeModel
import FoundationEssentials

/// What was provisioned for a LoRaWAN device, as it is sealed: JSON, keys in Base64.
struct LoRaWANRecord: Codable {
    var appKey: Data?
    var nwkKey: Data?
    var session: Session?

    struct Session: Codable {
        var devAddr: UInt32
        var version: Int
        var networkSessionKey: Data
        var servingNetworkSessionKey: Data?
        var networkSessionEncryptionKey: Data?
        var applicationSessionKey: Data
        var allowsCounterReset: Bool
    }

    static func encode(_ value: LoRaWANProvisioning) throws -> [UInt8] {
        let record = LoRaWANRecord(
            appKey: value.appKey?.data, nwkKey: value.nwkKey?.data,
            session: value.session.map {
                Session(
                    devAddr: $0.devAddr, version: $0.version.rawValue,
                    networkSessionKey: $0.networkSessionKey.data,
                    servingNetworkSessionKey: $0.servingNetworkSessionKey?.data,
                    networkSessionEncryptionKey: $0.networkSessionEncryptionKey?.data,
                    applicationSessionKey: $0.applicationSessionKey.data,
                    allowsCounterReset: $0.allowsCounterReset)
            })
        return Array(try JSONEncoder().encode(record))
    }

    static func decode(_ secret: SecretBytes) throws -> LoRaWANProvisioning {
        let record = try JSONDecoder().decode(Self.self, from: Data(secret.bytes))
        return LoRaWANProvisioning(
            appKey: record.appKey.map(SecretBytes.init(data:)),
            nwkKey: record.nwkKey.map(SecretBytes.init(data:)),
            session: record.session.map {
                LoRaWANPersonalisation(
                    devAddr: $0.devAddr, version: .init(rawValue: $0.version) ?? .v10,
                    networkSessionKey: SecretBytes(data: $0.networkSessionKey),
                    servingNetworkSessionKey: $0.servingNetworkSessionKey.map(SecretBytes.init(data:)),
                    networkSessionEncryptionKey: $0.networkSessionEncryptionKey.map(SecretBytes.init(data:)),
                    applicationSessionKey: SecretBytes(data: $0.applicationSessionKey),
                    allowsCounterReset: $0.allowsCounterReset)
            })
    }
}

extension SecretBytes {
    init(data: Data) { self.init(Array(data)) }

    var data: Data { Data(bytes) }
}
