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
            request.body = .bytes(Array(try JSONEncoder().encode(Body(device))))
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

    private struct Body: Encodable {
        var name: String
        var dev_eui: String
        var tags: [String: String]
        var device_key: Data?
        var encryption: String?
        var eid_rotation: Rotation?
        var network_id: UInt64?
        var lorawan: Session?

        struct Rotation: Encodable {
            var counter_source: String
            var period_exponent: Int
        }

        struct Session: Encodable {
            var dev_addr: String
            var nwk_s_key: String
            var app_s_key: String
            var allow_counter_reset: Bool
        }

        init(_ device: SimulatedDevice) {
            name = device.name
            dev_eui = device.devEUI.description
            tags = device.tags
            switch device.radio {
            case .counterMode(let key):
                device_key = Data(key.bytes)
                encryption = HubbleEncryption.aes256CTR.name
            case .eax(let key, let exponent):
                device_key = Data(key.bytes)
                encryption = HubbleEncryption.aes128EAX.name
                eid_rotation = Rotation(
                    counter_source: CounterSource.deviceUptime.name, period_exponent: Int(exponent.rawValue))
            case .unencrypted(let networkID):
                encryption = HubbleEncryption.none.name
                network_id = networkID.rawValue
            case .lorawan(let session):
                lorawan = Session(
                    dev_addr: Self.hexadecimal(withUnsafeBytes(of: session.devAddr.bigEndian) { Array($0) }),
                    nwk_s_key: Self.hexadecimal(session.networkSessionKey.bytes),
                    app_s_key: Self.hexadecimal(session.applicationSessionKey.bytes), allow_counter_reset: true)
            }
        }

        private static func hexadecimal(_ bytes: [UInt8]) -> String {
            bytes.reduce(into: "") { $0 += String($1 >> 4, radix: 16) + String($1 & 0xF, radix: 16) }
        }
    }
}
