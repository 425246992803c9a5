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
            guard (0..<EphemeralIDUnit.deviceLimit).contains(device.index) else {
                grants.denied.insert(device.index)
                continue
            }
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
