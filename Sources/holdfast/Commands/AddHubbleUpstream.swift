import ArgumentParser
import EdgeCore
import EdgeModel
import FoundationEssentials
import NIOHTTP1

/// `holdfast upstream add-hubble`: sends to a service that speaks the Hubble gateway API.
struct AddHubbleUpstream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-hubble", abstract: "Send to a service that speaks the Hubble gateway API.",
        discussion: """
            What Hubble devices send goes there as it was heard: frames that no key opens, and opened packets \
            sealed again with the key of their device. LoRaWAN packets do not go there, nor packets whose \
            device has got another key or identifier before they were sent. The certificate of the service \
            is held against the authorities of this machine, or against --pin.
            """)

    @OptionGroup var options: GatewayOptions

    @Argument(help: "The service: https://HOST[:PORT], or http within the own network.")
    var url: String

    @Option(help: "The SDK key that the service made.")
    var sdkKey: String

    @Option(help: "What this gateway calls itself there; without it, a new identifier.")
    var name: String?

    @Option(help: "SHA-256 of the public key that the service must prove, 64 hexadecimal digits.")
    var pin: String?

    func run() async throws {
        do {
            let directory = try Configuration(options.settings()).dataDirectory
            if let gateway = try LocalGateway(dataDirectory: directory, token: nil) {
                var body = ["url": url, "sdk_key": sdkKey]
                body["pin"] = pin
                body["device_id"] = name
                if let answer = try await gateway.request(.POST, "/upstreams", body: body) {
                    return Terminal.say(
                        try LocalGateway.decoder.decode(UpstreamAnswer.self, from: answer).text)
                }
            }
        } catch let error as ConfigurationError {
            throw Failure.configuration(error.description)
        }
        try await addOffline()
    }

    private func addOffline() async throws {
        try await OfflineCore.run(options) { core in
            guard let organization = try await core.organizations().first else {
                throw ConfigurationError("there is no organization yet; start the gateway once")
            }
            let pin = try pin.map { text in
                guard let bytes = PinText.parse(text) else {
                    throw ConfigurationError("--pin: '\(text)' is not \(PinText.expected)")
                }
                return bytes
            }
            let made = try await core.upstreams.addHubble(
                url: url, sdkKey: sdkKey, deviceID: name, pin: pin, for: organization, by: .machine)
            Terminal.say("upstream  \(made.upstream.id)\ngateway   \(made.upstream.gateway)")
        }
    }
}
