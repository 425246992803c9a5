import AsyncHTTPClient
import EdgeModel
import EdgeSimulation
import FoundationEssentials
import HubbleAdvertising
import NIOCore
import NIOHTTP1

/// Registers simulated devices with a gateway that runs, through its API.
struct FleetRegistrar {
    let url: String
    let organization: String
    let token: String

    /// Returns how many were new. A device that is registered already is left as it is.
    func register(_ devices: [SimulatedDevice]) async throws -> Int {
        var new = 0
        for device in devices {
            var request = HTTPClientRequest(url: "\(url)/api/v2/org/\(organization)/devices")
            request.method = .POST
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(Array(try Self.encoder.encode(Body(device))))
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            switch response.status.code {
            case 201: new += 1
            case 409: break
            default:
                let answer = try await response.body.collect(upTo: 65_536)
                throw ConfigurationError(
                    "the gateway refused \(device.name): \(response.status.code) \(String(buffer: answer))")
            }
        }
        return new
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return encoder
    }

    private struct Body: Encodable {
        var name: String
        var devEui: String
        var tags: [String: String]
        var deviceKey: Data?
        var encryption: String?
        var eidRotation: Rotation?
        var networkId: UInt64?
        var lorawan: Session?

        struct Rotation: Encodable {
            var counterSource: String
            var periodExponent: Int
        }

        struct Session: Encodable {
            var devAddr: String
            var nwkSKey: String
            var appSKey: String
            var allowCounterReset: Bool
        }

        init(_ device: SimulatedDevice) {
            name = device.name
            devEui = device.devEUI.description
            tags = device.tags
            switch device.radio {
            case .counterMode(let key):
                deviceKey = Data(key.bytes)
                encryption = HubbleEncryption.aes256CTR.name
            case .eax(let key, let exponent):
                deviceKey = Data(key.bytes)
                encryption = HubbleEncryption.aes128EAX.name
                eidRotation = Rotation(
                    counterSource: CounterSource.deviceUptime.name, periodExponent: Int(exponent.rawValue))
            case .unencrypted(let networkID):
                encryption = HubbleEncryption.none.name
                networkId = networkID.rawValue
            case .lorawan(let session):
                lorawan = Session(
                    devAddr: Self.hexadecimal(withUnsafeBytes(of: session.devAddr.bigEndian) { Array($0) }),
                    nwkSKey: Self.hexadecimal(session.networkSessionKey.bytes),
                    appSKey: Self.hexadecimal(session.applicationSessionKey.bytes),
                    allowCounterReset: true)
            }
        }

        private static func hexadecimal(_ bytes: [UInt8]) -> String {
            bytes.reduce(into: "") { $0 += String($1 >> 4, radix: 16) + String($1 & 0xF, radix: 16) }
        }
    }
}
