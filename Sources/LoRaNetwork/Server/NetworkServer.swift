package import LoRaWAN

/// The LoRaWAN network server of all devices, as a value: events in, actions out. It knows no clock,
/// no socket and no disk.
///
/// `Device` is the owner's reference to a device, small and cheap to copy. The owner performs the
/// actions of each event in their order, and comes back with `.timer` at `nextDeadline`.
package struct NetworkServer<Device: Hashable & Sendable>: Sendable {
    package let netID: NetID
    package let limits: NetworkLimits
    /// Join-requests of devices that nobody has registered.
    package internal(set) var unknownJoins: UInt64 = 0

    var random: any RandomNumberGenerator & Sendable
    var places: [Device: Int] = [:]
    var devices: [DeviceState?] = []
    var freePlaces: [Int] = []
    var byDevEUI: [DevEUI: Device] = [:]
    var agenda = Agenda<Device>()

    /// `netID` 0 is for experiments and private networks: DevAddr then begins with seven zero bits.
    package init(
        netID: NetID = NetID(rawValue: 0), limits: NetworkLimits = NetworkLimits(),
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.netID = netID
        self.limits = limits
        self.random = random
    }

    /// When `.timer` is wanted; nil when nothing is waiting.
    package var nextDeadline: NetworkInstant? { agenda.next }

    /// What follows from an event. `now` never goes back.
    package mutating func handle(
        _ event: NetworkEvent<Device>, at now: NetworkInstant
    ) -> [NetworkAction<Device>] {
        []
    }
}

/// What the server keeps of one device.
struct DeviceState: Sendable {
    var devEUI: DevEUI?
    var settings: DeviceSettings
    var rootKeys: RootKeys
    var join = JoinState()
    /// The one in use first; behind it one that was answered for but not heard yet.
    var sessions: [DeviceSession] = []
    var queue: [DownlinkItem] = []
}

/// What is due when.
struct Agenda<Device: Hashable & Sendable>: Sendable {
    var next: NetworkInstant? { nil }
}
