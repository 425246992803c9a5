package import EdgeModel
package import HubbleAdvertising

/// A simulated device as it has to be registered.
package struct SimulatedDevice: Sendable {
    package let name: String
    package let devEUI: EUI64
    package let tags: [String: String]
    package let radio: Radio

    /// What the device sends with, and what a registration has to tell of it.
    package enum Radio: Sendable {
        /// Hubble version 0, AES-256-CTR, unix time: a 32-byte device key.
        case counterMode(key: SecretBytes)
        /// Hubble version 2, AES-128-EAX: a 16-byte device key.
        case eax(key: SecretBytes, exponent: PeriodExponent)
        /// Hubble version 1, in clear.
        case unencrypted(NetworkID)
        /// LoRaWAN 1.0, activated by personalisation.
        case lorawan(LoRaWANPersonalisation)
    }
}
