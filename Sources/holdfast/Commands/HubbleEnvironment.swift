import ArgumentParser
import EdgeTunnel
import FoundationEssentials

/// `holdfast hubble-env`: what to set so that the official client, as it is, talks to this gateway.
struct HubbleEnvironment: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hubble-env",
        abstract: "Print the variables that lead the official Hubble client to a gateway that runs here.",
        discussion: """
            The gateway must run with http.client_tunnel on. For a client on another machine, copy the \
            certificate there and name the gateway's own address.
            """)

    @OptionGroup var options: GatewayOptions

    func run() throws {
        do {
            let configuration = try Configuration(options.settings())
            let gateway = try RunningGateway(dataDirectory: configuration.dataDirectory)
            let directory = URL(filePath: configuration.dataDirectory).standardizedFileURL.path
            let certificate = LocalAuthority.certificatePath(in: directory)
            guard gateway.hasClientTunnel, FileManager.default.isReadableFile(atPath: certificate) else {
                throw ConfigurationError("the gateway runs with http.client_tunnel off")
            }
            Terminal.say("HTTPS_PROXY=\(gateway.url)\nSSL_CERT_FILE=\(certificate)")
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        }
    }
}
