package import EdgeModel
package import EdgeStore

/// Application data for LoRaWAN devices: ordering it, looking after it, taking it back.
package struct Downlinks: Sendable {
    private let store: Store
    private let network: NetworkControl
    private let codecs: Codecs

    /// The longest application payload of any region and data rate (RP002-1.0.4).
    package static let payloadLimit = 242
    /// Application ports; 224 is for the compliance test.
    package static let ports = 1...223
    package static let priorities = -100...100
    /// Seconds.
    package static let lifetimes = 1...31_536_000

    package init(store: Store, network: NetworkControl, codecs: Codecs) {
        self.store = store
        self.network = network
        self.codecs = codecs
    }

    /// What is to be sent.
    package enum Content: Sendable {
        case payload([UInt8])
        /// Values, the text of a JSON object: the device's codec makes a payload of them.
        case values(String)
    }

    package struct Order: Sendable {
        /// Nil leaves it to the codec.
        package var fPort: Int?
        package var content: Content
        package var isConfirmed: Bool
        package var priority: Int?
        /// Seconds that it may wait.
        package var lifetime: Int?

        package init(fPort: Int?, content: Content, isConfirmed: Bool, priority: Int?, lifetime: Int?) {
            self.fPort = fPort
            self.content = content
            self.isConfirmed = isConfirmed
            self.priority = priority
            self.lifetime = lifetime
        }
    }

    /// Puts it into the device's queue; it is on the disk when this returns. Throws `invalid` for what
    /// can never be sent, `conflict` when too much waits, `notFound` for an unknown device.
    package func queue(
        _ order: Order, for device: DeviceID, in organization: OrganizationID, by origin: Origin
    ) async throws -> Downlink {
        let (fPort, payload) = try await encode(order, for: device, in: organization)
        let downlink = try make(order, fPort, payload, for: device)
        guard let handle = try await store.handle(of: device, in: organization) else { throw Self.noDevice }
        let limit = try await network.payloadLimit(handle) ?? Self.payloadLimit
        guard payload.count <= limit else {
            throw EdgeError.invalid(
                "payload has \(payload.count) bytes; this device takes at most \(limit) at its data rate")
        }
        let audit = AuditNote(
            .downlinkQueue, by: origin, at: store.clock.now().wall, in: organization,
            object: device.rawValue, detail: "port \(fPort), \(payload.count) bytes")
        guard let handle = try await store.enqueue(downlink, in: organization, audit: audit) else {
            throw Self.noDevice
        }
        await network.enqueue(downlink, handle)
        return downlink
    }

    /// The port and the bytes of an order.
    private func encode(_ order: Order, for device: DeviceID, in organization: OrganizationID) async throws
        -> (Int, [UInt8])
    {
        switch order.content {
        case .payload(let bytes):
            guard let fPort = order.fPort else { throw EdgeError.invalid("Missing required field: f_port") }
            return (fPort, bytes)
        case .values(let text):
            let made = try await codecs.encode(text, fPort: order.fPort, for: device, in: organization)
            guard let bytes = made.bytes, made.errors.isEmpty else {
                throw EdgeError.invalid("data: \(made.errors.joined(separator: "; "))")
            }
            guard let fPort = order.fPort ?? made.fPort.map(Int.init) else {
                throw EdgeError.invalid("f_port: the codec names none")
            }
            return (fPort, bytes)
        }
    }

    private func make(_ order: Order, _ fPort: Int, _ payload: [UInt8], for device: DeviceID) throws
        -> Downlink
    {
        guard Self.ports.contains(fPort) else {
            throw EdgeError.invalid("f_port is \(Self.ports.lowerBound) to \(Self.ports.upperBound)")
        }
        let priority = order.priority ?? 0
        guard Self.priorities.contains(priority) else {
            throw EdgeError.invalid(
                "priority is \(Self.priorities.lowerBound) to \(Self.priorities.upperBound)")
        }
        if let lifetime = order.lifetime, !Self.lifetimes.contains(lifetime) {
            throw EdgeError.invalid(
                "expires_in is \(Self.lifetimes.lowerBound) to \(Self.lifetimes.upperBound) seconds")
        }
        let now = store.bootMoment()
        return Downlink(
            id: DownlinkID(UniqueID.random().description), device: device, fPort: UInt8(fPort),
            payload: payload, isConfirmed: order.isConfirmed, priority: priority,
            lifetime: order.lifetime.map { .seconds($0) }, createdAt: now,
            progress: Downlink.Progress(state: .queued, changedAt: now.wall))
    }

    /// Those that wait in their order, then the finished ones, newest first.
    package func list(of device: DeviceID, in organization: OrganizationID) async throws -> [Downlink] {
        guard let downlinks = try await store.downlinks(of: device, in: organization) else {
            throw Self.noDevice
        }
        return downlinks
    }

    package func find(_ id: DownlinkID, of device: DeviceID, in organization: OrganizationID) async throws
        -> Downlink
    {
        guard let downlink = try await store.downlink(id, of: device, in: organization) else {
            throw EdgeError.notFound("Downlink not found")
        }
        return downlink
    }

    /// Takes back one downlink. Throws `conflict` when it is finished already.
    package func cancel(
        _ id: DownlinkID, of device: DeviceID, in organization: OrganizationID, by origin: Origin
    ) async throws -> Downlink {
        let found = try await find(id, of: device, in: organization)
        guard try await cancelled(of: device, id, in: organization, by: origin).contains(id) else {
            throw EdgeError(.conflict, "The downlink is \(found.progress.state.rawValue) already")
        }
        return try await find(id, of: device, in: organization)
    }

    /// Takes back everything that waits for a device. Returns how many that were.
    package func cancelAll(of device: DeviceID, in organization: OrganizationID, by origin: Origin)
        async throws
        -> Int
    {
        try await cancelled(of: device, nil, in: organization, by: origin).count
    }

    private func cancelled(
        of device: DeviceID, _ id: DownlinkID?, in organization: OrganizationID, by origin: Origin
    ) async throws -> [DownlinkID] {
        let audit = AuditNote(
            .downlinkCancel, by: origin, at: store.clock.now().wall, in: organization)
        guard
            let (handle, cancelled) = try await store.cancelDownlinks(
                of: device, id, in: organization, audit: audit)
        else { throw Self.noDevice }
        if !cancelled.isEmpty { await network.cancel(cancelled, handle) }
        return cancelled
    }

    static var noDevice: EdgeError { .notFound("Device not found") }
}
