/// How this gateway is registered with a service that speaks the Hubble gateway API.
package struct HubbleRegistration: Sendable {
    /// What this gateway calls itself there: the same name has the same gateway again.
    package var deviceID: String
    /// Good for the next device token.
    package var refreshToken: SecretBytes
    /// Unopened frames up to here, in the order of the queue, have arrived there.
    package var framesMark: Int64

    package init(deviceID: String, refreshToken: SecretBytes, framesMark: Int64 = 0) {
        self.deviceID = deviceID
        self.refreshToken = refreshToken
        self.framesMark = framesMark
    }
}

extension Upstream {
    /// What an upstream speaks.
    package enum Kind: String, Sendable {
        /// Our own protocol.
        case holdfast
        /// The public API of Hubble gateways.
        case hubbleGateway = "hubble-gateway"
    }

    package var kind: Kind { hubble == nil ? .holdfast : .hubbleGateway }
}
