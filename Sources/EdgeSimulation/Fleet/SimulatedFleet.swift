import EdgeModel
import HubbleAdvertising

/// Devices that exist in the simulation only: the same ones, with the same keys, from one seed.
package struct SimulatedFleet: Sendable {
    /// What the fleet consists of.
    package struct Plan: Hashable, Sendable {
        package var seed: UInt64 = 1
        package var bluetoothCount = 20
        package var loraCount = 5
        /// Of a hundred Bluetooth devices, how many send version 2, and how many version 1.
        package var eaxPercent = 10
        package var unencryptedPercent = 5
        /// Time between two messages of one device; each device is up to `jitter` off each time.
        package var period: Duration = .seconds(60)
        package var jitter: Duration = .seconds(5)
        /// How often a Bluetooth device sends the bytes of one message, and how far apart.
        package var repetitions = 3
        package var repetitionInterval: Duration = .milliseconds(500)

        package init() {}
    }

    package let plan: Plan
    package let bluetooth: [SimulatedDevice]
    package let lora: [SimulatedDevice]

    /// What a device's DevEUI begins with: a locally administered range, so that it is no vendor's.
    private static let devEUIPrefix: UInt64 = 0x02_0000 << 40

    package init(_ plan: Plan) {
        self.plan = plan
        bluetooth = (0..<max(0, plan.bluetoothCount)).map { Self.bluetoothDevice($0, plan: plan) }
        lora = (0..<max(0, plan.loraCount)).map { Self.loraDevice($0, plan: plan) }
    }

    private static func bluetoothDevice(_ number: Int, plan: Plan) -> SimulatedDevice {
        var generator = SimulationGenerator(seed: plan.seed, part: "bluetooth", number: number)
        let identity = generator.next() & 0xFF_FFFF_FFFF
        return SimulatedDevice(
            name: "sim-ble-\(number)", devEUI: EUI64(rawValue: devEUIPrefix | identity),
            tags: ["simulated": "true", "kind": "climate"],
            radio: bluetoothRadio(number, plan: plan, using: &generator))
    }

    /// Spreads the exceptions over each hundred numbers: 37 and 100 have no common divisor.
    private static func bluetoothRadio(
        _ number: Int, plan: Plan, using generator: inout SimulationGenerator
    ) -> SimulatedDevice.Radio {
        let place = number * 37 % 100
        if place < plan.unencryptedPercent {
            return .unencrypted(NetworkID(truncating: generator.next()))
        }
        if place < plan.unencryptedPercent + plan.eaxPercent,
            let exponent = PeriodExponent.allCases.randomElement(using: &generator)
        {
            return .eax(key: SecretBytes(generator.bytes(count: 16)), exponent: exponent)
        }
        return .counterMode(key: SecretBytes(generator.bytes(count: 32)))
    }

    private static func loraDevice(_ number: Int, plan: Plan) -> SimulatedDevice {
        var generator = SimulationGenerator(seed: plan.seed, part: "lora", number: number)
        let identity = generator.next() & 0xFF_FFFF_FFFF
        // NetID 1 is for experiments: its addresses begin with the seven bits 0000001.
        let devAddr = 0x0200_0000 | UInt32(truncatingIfNeeded: generator.next()) & 0x01FF_FFFF
        return SimulatedDevice(
            name: "sim-lora-\(number)", devEUI: EUI64(rawValue: devEUIPrefix | 1 << 40 | identity),
            tags: ["simulated": "true", "kind": "climate"],
            radio: .lorawan(
                LoRaWANPersonalisation(
                    devAddr: devAddr, version: .v10,
                    networkSessionKey: SecretBytes(generator.bytes(count: 16)),
                    applicationSessionKey: SecretBytes(generator.bytes(count: 16)),
                    allowsCounterReset: true)))
    }
}
