import ArgumentParser
import EdgeCore
import EdgeModel

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
        var body = ["url": url, "sdk_key": sdkKey]
        body["device_id"] = name
        try await NewUpstream(options: options, body: body, pin: pin).add { core, organization, pin in
            try await core.upstreams.addHubble(
                url: url, sdkKey: sdkKey, deviceID: name, pin: pin, for: organization, by: .machine
            ).upstream
        }
    }
}
