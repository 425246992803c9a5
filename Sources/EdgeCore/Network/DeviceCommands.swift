package import EdgeModel
package import EdgeStore

/// MAC commands that an operator sends to a LoRaWAN device.
package struct DeviceCommands: Sendable {
    private let store: Store
    private let network: NetworkControl

    package static let rejoinTypes = 0...2
    package static let dataRates = 0...15
    package static let rejoinRetries = 0...7
    package static let rejoinPeriods = 0...7
    package static let channels = 0...15

    package init(store: Store, network: NetworkControl) {
        self.store = store
        self.network = network
    }

    /// Has the command sent with the next frame to the device, once. Throws `invalid` for what the device
    /// cannot do, `conflict` when it has no session or too much waits.
    package func ask(
        _ request: DeviceRequest, of device: DeviceID, in organization: OrganizationID, by origin: Origin
    ) async throws -> DeviceRequests {
        try Self.check(request)
        guard let handle = try await store.handle(of: device, in: organization) else {
            throw Downlinks.noDevice
        }
        try await network.request(request, handle)
        try await store.note(
            AuditNote(
                .commandAsk, by: origin, at: store.clock.now().wall, in: organization,
                object: device.rawValue, detail: request.name))
        return try await network.requests(handle)
    }

    /// What is on its way to the device.
    package func list(of device: DeviceID, in organization: OrganizationID) async throws -> DeviceRequests {
        guard let handle = try await store.handle(of: device, in: organization) else {
            throw Downlinks.noDevice
        }
        return try await network.requests(handle)
    }

    private static func check(_ request: DeviceRequest) throws {
        switch request {
        case .status: return
        case .rejoin(let rejoin):
            try check(rejoin.type, in: rejoinTypes, "rejoin_type")
            try check(rejoin.dataRate, in: dataRates, "data_rate")
            try check(rejoin.retries, in: rejoinRetries, "retries")
            try check(rejoin.period, in: rejoinPeriods, "period")
        case .downlinkChannel(let index, let frequency):
            try check(index, in: channels, "channel")
            let hertz = DeviceProfileRules.frequencies
            try check(Int(frequency), in: Int(hertz.lowerBound)...Int(hertz.upperBound), "frequency")
            guard frequency.isMultiple(of: 100) else {
                throw EdgeError.invalid("frequency must be a multiple of 100")
            }
        }
    }

    private static func check(_ number: Int, in range: ClosedRange<Int>, _ field: String) throws {
        guard !range.contains(number) else { return }
        throw EdgeError.invalid("\(field) must be from \(range.lowerBound) to \(range.upperBound)")
    }
}

extension DeviceRequest {
    /// The specification's name of the command.
    package var name: String {
        switch self {
        case .status: "DevStatusReq"
        case .rejoin: "ForceRejoinReq"
        case .downlinkChannel: "DlChannelReq"
        }
    }
}
