/// How many devices of unknown rotation get the entries that finding out takes. The others are
/// looked for by the day's EID alone, and counted.
package struct PoolLimits: Hashable, Sendable {
    /// Devices that may count days or uptime: 128 entries of 13 bytes each, about 0.4 ms to build.
    package var unknownSource: Int
    /// Devices with a 16-byte key that may use any of 16 exponents: 2048 entries of 17 bytes each,
    /// about 0.4 ms to build.
    package var unknownExponent: Int

    package init(unknownSource: Int = 10_000, unknownExponent: Int = 1_000) {
        self.unknownSource = unknownSource
        self.unknownExponent = unknownExponent
    }
}

/// Which devices were granted a pool on suspicion, and which were not.
struct PoolGrants: Sendable {
    var uptime: Set<Int32> = []
    var eax: Set<Int32> = []
    var denied: Set<Int32> = []

    mutating func forget(_ device: Int32) {
        uptime.remove(device)
        eax.remove(device)
        denied.remove(device)
    }
}

/// One thing that a segment should hold: a unit, and the key that its EIDs come from.
struct EphemeralIDDemand: Sendable {
    var unit: EphemeralIDUnit
    var key: DeviceKey
}

/// What a set of devices needs in each kind of segment.
struct EphemeralIDPlan {
    private(set) var daily: [EphemeralIDDemand] = []
    private(set) var uptime: [EphemeralIDDemand] = []
    private(set) var eax: [EphemeralIDDemand] = []

    init(_ devices: [ListedDevice], limits: PoolLimits, grants: inout PoolGrants) {
        for device in devices {
            let demand = EphemeralIDDemand(
                unit: EphemeralIDUnit(device: device.index), key: device.key)
            if device.sendsDailyEIDs { daily.append(demand) }
            let need = device.need
            if Self.grant(
                need.uptimePool, device.index, limit: limits.unknownSource, granted: &grants.uptime,
                denied: &grants.denied)
            {
                uptime.append(demand)
            }
            if Self.grant(
                need.eaxPools, device.index, limit: limits.unknownExponent, granted: &grants.eax,
                denied: &grants.denied)
            {
                eax += device.exponents.map { exponent in
                    let unit = EphemeralIDUnit(device: device.index, exponent: exponent.rawValue)
                    return EphemeralIDDemand(unit: unit, key: device.key)
                }
            }
        }
    }

    private static func grant(
        _ need: ListedDevice.PoolNeed, _ device: Int32, limit: Int, granted: inout Set<Int32>,
        denied: inout Set<Int32>
    ) -> Bool {
        switch need {
        case .none: return false
        case .certain: return true
        case .speculative:
            guard granted.count < limit else {
                denied.insert(device)
                return false
            }
            granted.insert(device)
            return true
        }
    }
}
