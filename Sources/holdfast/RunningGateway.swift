import ArgumentParser
import AsyncHTTPClient
import EdgeSimulation
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// A gateway that runs on this machine, found through its data directory.
struct RunningGateway {
    let url: String
    let lora: SocketAddress?
    let hasClientTunnel: Bool

    private struct Runtime: Decodable {
        var http: String
        var lora: String?
        var clientTunnel: Bool?
    }

    init(dataDirectory: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let data = try? Data(contentsOf: URL(filePath: dataDirectory + "/runtime.json")),
            let runtime = try? decoder.decode(Runtime.self, from: data)
        else { throw ConfigurationError("no gateway runs in \(dataDirectory)") }
        url = runtime.http
        lora = try runtime.lora.map(Self.address)
        hasClientTunnel = runtime.clientTunnel ?? false
    }

    /// The administrator's key of the first start.
    func firstKey(in dataDirectory: String) throws -> FleetRegistrar {
        struct FirstKey: Decodable {
            var organizationId: String
            var token: String
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let data = try? Data(contentsOf: URL(filePath: dataDirectory + "/first-key.json")),
            let key = try? decoder.decode(FirstKey.self, from: data)
        else { throw ConfigurationError("\(dataDirectory)/first-key.json cannot be read") }
        return FleetRegistrar(url: url, organization: key.organizationId, token: key.token)
    }

    /// Has it write to the database what it has heard: its metrics, open on this machine, count that. False
    /// when it does not answer, or died and left its `runtime.json`.
    func settle() async -> Bool {
        var request = HTTPClientRequest(url: url + "/metrics")
        request.method = .GET
        guard let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(10)) else {
            return false
        }
        return response.status == .ok
    }

    /// `HOST:PORT` of a numeric address.
    private static func address(_ text: String) throws -> SocketAddress {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else {
            throw ConfigurationError("'\(text)' is not HOST:PORT")
        }
        let host = text[..<colon].filter { $0 != "[" && $0 != "]" }
        return try SocketAddress(ipAddress: String(host), port: port)
    }
}

extension ListeningAddress {
    /// `h4:HOST:PORT` or `h4:/path`, the `h4:` optional: what the gateway's `--ble` names.
    init(parsing text: String) throws {
        let name = text.hasPrefix("h4:") ? text.dropFirst(3) : text[...]
        if name.hasPrefix("/") {
            self = .unix(path: String(name))
            return
        }
        guard let colon = name.lastIndex(of: ":"), let port = Int(name[name.index(after: colon)...]),
            (0...65_535).contains(port), colon != name.startIndex
        else { throw ConfigurationError("'\(text)' is not HOST:PORT or /path/to/socket") }
        self = .tcp(host: String(name[..<colon]), port: port)
    }
}
