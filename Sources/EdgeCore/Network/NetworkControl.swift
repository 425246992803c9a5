package import EdgeModel
package import EdgeStore

/// What the core needs of the LoRaWAN network server: to tell it what is in the store already, and to
/// ask for what only it knows.
package struct NetworkControl: Sendable {
    /// A downlink waits for this device.
    package var enqueue: @Sendable (Downlink, DeviceHandle) async -> Void
    /// These downlinks are not to be sent any more.
    package var cancel: @Sendable ([DownlinkID], DeviceHandle) async -> Void
    /// Forgets the DevNonces that the device has used. Durable when it returns.
    package var clearNonces: @Sendable (DeviceHandle) async throws -> Void
    /// Bytes of application payload that the next frame for the device can have; nil for a device that is
    /// not active.
    package var payloadLimit: @Sendable (DeviceHandle) async throws -> Int?
    /// Asks the device for something, with the next frame to it.
    package var request: @Sendable (DeviceRequest, DeviceHandle) async throws -> Void
    /// What is on its way to the device beside data.
    package var requests: @Sendable (DeviceHandle) async throws -> DeviceRequests

    package init(
        enqueue: @escaping @Sendable (Downlink, DeviceHandle) async -> Void,
        cancel: @escaping @Sendable ([DownlinkID], DeviceHandle) async -> Void,
        clearNonces: @escaping @Sendable (DeviceHandle) async throws -> Void,
        payloadLimit: @escaping @Sendable (DeviceHandle) async throws -> Int?,
        request: @escaping @Sendable (DeviceRequest, DeviceHandle) async throws -> Void,
        requests: @escaping @Sendable (DeviceHandle) async throws -> DeviceRequests
    ) {
        self.enqueue = enqueue
        self.cancel = cancel
        self.clearNonces = clearNonces
        self.payloadLimit = payloadLimit
        self.request = request
        self.requests = requests
    }

    /// Where there is no network server: downlinks wait until there is one.
    package static let none = NetworkControl(
        enqueue: { _, _ in }, cancel: { _, _ in },
        clearNonces: { _ in throw unavailable }, payloadLimit: { _ in nil },
        request: { _, _ in throw unavailable }, requests: { _ in throw unavailable })

    private static let unavailable = EdgeError(.unavailable, "There is no LoRaWAN network server here")
}
