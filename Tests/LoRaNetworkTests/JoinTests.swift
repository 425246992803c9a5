import LoRaNetwork
import LoRaWAN
import Testing

/// A world with one device, joined where it is asked for.
func world(
    _ version: LoRaWANVersion = .v103, _ region: Region = .eu868, seed: UInt64 = 1, forwarders: Int = 1,
    joined: Bool = true, _ change: (inout DeviceSettings) -> Void = { _ in }
) throws -> World {
    var world = World(seed: seed, forwarders: forwarders)
    var settings = DeviceSettings(region: region, version: version)
    change(&settings)
    let device = EmulatedDevice(
        number: 1, version: version, region: region, appKey: try key(1),
        nwkKey: version == .v110 ? try key(2) : nil)
    world.add(device, as: 1, settings: settings)
    if joined {
        world.join(1)
        world.run(seconds: 8)
    }
    return world
}

@Suite struct `A device joins` {
    @Test(arguments: LoRaWANVersion.allCases, Region.allCases)
    func `in every version and region, and both sides agree`(_ version: LoRaWANVersion, _ region: Region)
        throws
    {
        var world = try world(version, region) { settings in
            settings.rxDelay = 2
            settings.rx1Offset = 1
            if region.parameters.isFixedPlan { settings.subBand = 2 }
            if region == .eu868 { settings.extraChannels = [867_100_000, 867_300_000, 867_500_000] }
        }
        #expect(world.devices[1]?.session != nil, "\(world.notes)")
        #expect(world.devices[1]?.session?.keys.version == (version == .v110 ? .v11 : .v10))
        for _ in 0..<12 {
            world.uplink(1, isConfirmed: true)
            world.run(seconds: 20)
        }
        #expect(world.differences(1) == [])
        #expect(world.accepted[1] == 12)
        #expect(world.devices[1]?.received.count { $0.isAck } == 12)
        #expect(world.violations == [])
    }
}
