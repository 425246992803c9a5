import EdgeModel
import EdgeNetwork
import EdgeStore
import HubbleAdvertising
import LoRaNetwork
import LoRaWAN

/// Everything that opens frames, in memory: the keys of all registered devices, found by what a
/// frame says of its sender at a cost that does not grow with their number.
struct KeyRing {
    /// A registered device, at its place in `devices`.
    struct Entry {
        var handle: DeviceHandle
        var id: PackedDeviceID
        var platform: Platform
        var key: DeviceKey?
        var scheme: KnownScheme
        var networkID: UInt64?
        /// Nil for a device that does not join a LoRaWAN network.
        var joiningEUI: EUI64?
    }

    /// Days before and after the day of reception whose EIDs are known.
    let windowDays: Int64
    private(set) var entries: [Entry?] = []
    private var places: [DeviceHandle: Int32] = [:]
    private var byNetworkID: [UInt64: Int32] = [:]
    /// Devices that may join a LoRaWAN network.
    private var byDevEUI: [EUI64: Int32] = [:]
    var table: EphemeralIDTable
    var sessions = SessionTable<DeviceHandle>()
    private var opener = HubbleOpener()

    /// Where a device without a profile is.
    private let standardRegion: LoRaWANProfile.Region

    init(windowDays: Int64, today: Int64, standardRegion: LoRaWANProfile.Region = .eu868) {
        self.windowDays = windowDays
        self.standardRegion = standardRegion
        table = EphemeralIDTable(window: Self.window(around: today, days: windowDays))
    }

    static func window(around day: Int64, days: Int64) -> ClosedRange<TimeCounter> {
        let first = UInt32(clamping: max(0, day - days))
        return TimeCounter(
            rawValue: first)...TimeCounter(rawValue: UInt32(clamping: max(Int64(first), day + days)))
    }

    subscript(place: Int32) -> Entry? {
        entries.indices.contains(Int(place)) ? entries[Int(place)] : nil
    }

    func place(of handle: DeviceHandle) -> Int32? { places[handle] }

    /// The place of the device that joins a LoRaWAN network under this DevEUI.
    func place(of devEUI: EUI64) -> Int32? { byDevEUI[devEUI] }

    /// Devices with a Hubble key, as the table of EIDs takes them.
    var listed: [ListedDevice] {
        entries.enumerated().compactMap { place, entry in
            entry.flatMap { Self.listed($0, at: Int32(place)) }
        }
    }

    static func listed(_ entry: Entry, at place: Int32) -> ListedDevice? {
        entry.key.map { ListedDevice(index: place, key: $0, scheme: entry.scheme) }
    }

    /// Devices whose EIDs are to be listed by `relist`, by their place.
    private var unlisted: [Int32: ListedDevice] = [:]

    /// Derives the EIDs of the devices that changed, of all of them at once.
    mutating func relist() {
        guard !unlisted.isEmpty else { return }
        table.insert(unlisted.values.sorted { $0.index < $1.index })
        unlisted = [:]
    }

    /// Takes over what changed in the registry; `relist` then follows. Returns the places of devices
    /// that may open what they could not open before.
    mutating func apply(
        _ changes: [RegisteredDevice], sessions joined: [DeviceHandle: [LoRaWANSession]] = [:]
    ) -> [Int32] {
        var touched: [Int32] = []
        for change in changes {
            if change.isDeleted || change.device.status == .inactive {
                remove(change.handle)
            } else {
                let place = makePlace(for: change.handle)
                let before = entries[Int(place)]
                let entry = Self.entry(for: change)
                store(entry, at: place)
                if let listed = Self.listed(entry, at: place) {
                    unlisted[place] = listed
                } else if before?.key != nil {
                    unlisted[place] = nil
                    table.remove(place)
                }
                updateSessions(of: change, joined[change.handle] ?? [])
                touched.append(place)
            }
        }
        return touched
    }

    private static func entry(for change: RegisteredDevice) -> Entry {
        let device = change.device
        return Entry(
            handle: change.handle, id: PackedDeviceID(device.id), platform: device.platform,
            key: device.key.flatMap { DeviceKey($0.bytes) }, scheme: KnownScheme(device),
            networkID: device.networkID, joiningEUI: device.joinsLoRaWAN ? device.devEUI : nil)
    }

    private mutating func makePlace(for handle: DeviceHandle) -> Int32 {
        if let place = places[handle] { return place }
        let place = Int32(entries.count)
        entries.appendInSteps(nil)
        places[handle] = place
        return place
    }

    private mutating func store(_ entry: Entry, at place: Int32) {
        if let old = entries[Int(place)]?.networkID { byNetworkID[old] = nil }
        if let old = entries[Int(place)]?.joiningEUI { byDevEUI[old] = nil }
        if let joiningEUI = entry.joiningEUI { byDevEUI[joiningEUI] = place }
        if let networkID = entry.networkID { byNetworkID[networkID] = place }
        entries[Int(place)] = entry
    }

    private mutating func remove(_ handle: DeviceHandle) {
        guard let place = places[handle], let entry = entries[Int(place)] else { return }
        if let networkID = entry.networkID { byNetworkID[networkID] = nil }
        if let joiningEUI = entry.joiningEUI { byDevEUI[joiningEUI] = nil }
        if entry.key != nil { table.remove(place) }
        unlisted[place] = nil
        sessions.remove(handle)
        entries[Int(place)] = nil
    }

    /// The session that was provisioned, or those of the joins; one that stays the same keeps its
    /// frame counter.
    private mutating func updateSessions(of change: RegisteredDevice, _ joined: [LoRaWANSession]) {
        let settings = DeviceSettings(change, standardRegion: standardRegion)
        var current: [(SessionID, UplinkSession)] = []
        if var session = UplinkSession(provisioned: change, settings) {
            session.lastCounter = change.frameCounter.map(FrameCounter.init(rawValue:))
            current = [(.personalized, session)]
        } else {
            current = joined.compactMap { try? DeviceSession(decoding: $0.state.bytes) }
                .filter { $0.id != .personalized }.map { ($0.id, $0.uplink) }
        }
        for id in sessions.ids(of: change.handle) where !current.contains(where: { $0.0 == id }) {
            sessions.retire(id, of: change.handle)
        }
        for (id, session) in current { sessions.install(session, id: id, for: change.handle) }
    }

    /// Takes over what the network server has decided about sessions.
    mutating func apply(_ changes: [SessionChange]) {
        for change in changes {
            switch change {
            case .install(let device, let id, let session): sessions.install(session, id: id, for: device)
            case .retire(let device, let id): sessions.retire(id, of: device)
            }
        }
    }

    // MARK: Opening

    mutating func open(_ serviceData: [UInt8]) -> HubbleOutcome { open(serviceData, in: table) }

    /// Opens with another table over the same places.
    mutating func open(_ serviceData: [UInt8], in table: EphemeralIDTable) -> HubbleOutcome {
        let entries = entries
        return opener.open(serviceData, in: table) { place in
            entries.indices.contains(Int(place)) ? entries[Int(place)]?.key : nil
        }
    }

    func device(networkID: UInt64) -> Entry? { byNetworkID[networkID].flatMap { self[$0] } }

    /// Remembers how a device turned out to rotate, so that it is looked for in one place only.
    mutating func learn(_ scheme: KnownScheme, platform: Platform, at place: Int32) {
        guard var entry = self[place] else { return }
        let isNewScheme = entry.scheme != scheme
        entry.scheme = scheme
        entry.platform = platform
        entries[Int(place)] = entry
        if isNewScheme, let listed = Self.listed(entry, at: place) { table.insert([listed]) }
    }
}

extension KnownScheme {
    /// What the registry knows of a device's rotation.
    init(_ device: Device) {
        let source = device.rotation.counterSource.map {
            $0 == .unixTime ? TimeCounter.Source.unixTime : .deviceUptime
        }
        let exponent = device.rotation.periodExponent.flatMap {
            PeriodExponent(rawValue: UInt8(clamping: $0))
        }
        switch device.encryption {
        case .aes128EAX: self = .eax(exponent)
        case .aes256CTR, .aes128CTR: self = .counterMode(source)
        case .some(.none), nil:
            if let source, device.key?.bytes.count == 32 {
                self = .counterMode(source)
            } else if device.lorawanSession != nil {
                // Nothing says that it advertises at all; guessing its rotation is not worth a pool.
                self = .counterMode(.unixTime)
            } else {
                self = .unknown
            }
        }
    }
}
