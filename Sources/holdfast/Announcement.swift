import EdgeCore
import EdgeHTTP
import EdgeModel
import EdgeRadio
import Logging
import NIOCore

/// Says where the gateway listens, once it does: in the log, in `runtime.json`, and to the person
/// who starts it for the first time.
struct Announcement: Sendable {
    let directory: DataDirectory
    let host: String
    let loraAddress: String?
    let firstKey: EdgeCore.FirstKey?
    let hasClientTunnel: Bool
    let logger: Logger

    init(
        directory: DataDirectory, configuration: Configuration, lora: SocketAddress?,
        firstKey: EdgeCore.FirstKey?,
        logger: Logger
    ) {
        self.directory = directory
        host = configuration.api.host
        hasClientTunnel = configuration.hasClientTunnel
        loraAddress = lora.flatMap { address in
            address.port.map { "\(Self.reachable(configuration.forwarders?.host ?? "")):\($0)" }
        }
        self.firstKey = firstKey
        self.logger = logger
    }

    func listening(at address: SocketAddress?) async {
        let url = Self.url(host, address?.port ?? 0)
        do {
            // Who waits for runtime.json finds everything else in place.
            if let firstKey { try directory.writeFirstKey(firstKey, url: url) }
            try directory.writeRuntime(http: url, lora: loraAddress, clientTunnel: hasClientTunnel)
            if let firstKey {
                Terminal.say(
                    """
                    organization  \(firstKey.organization)
                    key           \(firstKey.token)
                    url           \(url)
                    The key is kept in \(directory.path)/first-key.json; it is not shown again.
                    """)
            }
        } catch {
            logger.error("what was to be written at the start was not", metadata: ["error": "\(error)"])
        }
        logger.info("listening", metadata: ["http": "\(url)", "lora": "\(loraAddress ?? "off")"])
    }

    /// Where a client on this machine finds the API; with the port that was asked for when the one
    /// in force is not known yet.
    static func url(of configuration: Configuration, port: Int?) -> String {
        url(configuration.api.host, port ?? configuration.api.port)
    }

    private static func url(_ host: String, _ port: Int) -> String { "http://\(reachable(host)):\(port)" }

    /// An address that a client on this machine can use, in the form that a URL wants.
    private static func reachable(_ host: String) -> String {
        switch host {
        case "0.0.0.0", "localhost", "": "127.0.0.1"
        case "::": "[::1]"
        default: host.contains(":") ? "[\(host)]" : host
        }
    }
}
