package import EdgeModel
package import EdgeStore
package import Logging

/// A store with one organization, in a directory of its own.
package struct StoreFixture {
    package let directory: TemporaryDirectory
    package let clock: ManualClock
    package let store: Store

    package init(directory: TemporaryDirectory, clock: ManualClock, store: Store) {
        self.directory = directory
        self.clock = clock
        self.store = store
    }

    package static let organization = OrganizationID("org-1")

    package static func with<Result>(
        clock: ManualClock = ManualClock(), isolation: isolated (any Actor)? = #isolation,
        _ body: (StoreFixture) async throws -> Result
    ) async throws -> Result {
        try await TemporaryDirectory.with { directory in
            let store = try open(directory, clock)
            try await store.addOrganization(organization, name: "One", at: clock.now.wall)
            return try await body(StoreFixture(directory: directory, clock: clock, store: store))
        }
    }

    /// Opens the same directory again, as after a crash: nothing was closed.
    package func reopened() throws -> Store { try Self.open(directory, clock) }

    package static func open(_ directory: TemporaryDirectory, _ clock: ManualClock) throws -> Store {
        try Store(directory: directory.path, clock: clock.clock, logger: quiet)
    }

    package static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    /// Registers a device with a DevEUI made from `number`.
    @discardableResult
    package func register(
        _ number: UInt64, name: String? = nil, platform: Platform = .ble, tags: [String: String] = [:],
        change: (inout Device) -> Void = { _ in }
    ) async throws -> RegisteredDevice {
        let now = clock.now.wall
        var device = Device(
            id: DeviceID("device-\(number)"), organization: Self.organization,
            name: name ?? "Device \(number)",
            devEUI: EUI64(rawValue: number), devEUISpelling: EUI64(rawValue: number).description,
            platform: platform, tags: tags, createdAt: now, updatedAt: now)
        change(&device)
        _ = try await store.register([device]) { device, _ in device.id }
        let changes = try await store.registryChanges(after: store.registryRevision - 1, limit: 1)
        guard let registered = changes.devices.first else {
            throw EdgeError.notFound("the device just registered")
        }
        return registered
    }

    /// A packet of a device, heard now by one gateway.
    package func packet(
        _ number: UInt64, of device: RegisteredDevice, at time: ClockReading? = nil, gateway: String = "gw-1",
        rssi: Int = -70
    ) -> NewPacket {
        let time = time ?? clock.now
        return NewPacket(
            id: UniqueID(high: 7, low: number), device: device.handle, platform: device.device.platform,
            protection: .decrypted, payload: Array("payload \(number)".utf8), counter: 20_000,
            sequenceNumber: UInt32(number), fPort: nil, receivedAt: time,
            clockQuality: clock.clock.quality(of: time.wall),
            receptions: [
                Reception(
                    gateway: GatewayID(gateway), firstAt: time.wall, lastAt: time.wall, count: 1,
                    rssi: RSSI(dBm: rssi))
            ])
    }

    package func record(_ packets: NewPacket...) async throws -> [RecordedPacket] {
        var batch = IngestBatch()
        batch.packets = packets
        return try await store.record(batch)
    }

    /// All packets of the organization, by pages of `limit`.
    package func allPackets(limit: Int = 1_000, change: (inout PacketQuery) -> Void = { _ in }) async throws
        -> [PacketEntry]
    {
        var query = PacketQuery(
            organization: Self.organization,
            received: Timestamp(microseconds: .min)..<Timestamp(microseconds: .max), limit: limit,
            through: store.lastSequence)
        change(&query)
        var entries: [PacketEntry] = []
        while true {
            let page = try await store.packets(query)
            entries += page.entries
            guard let next = page.next else { return entries }
            query.after = next
        }
    }
}
