package import SemtechUDP

/// The uplinks that one packet forwarder hears from a fleet, in order of time and without end.
///
/// Every listener of one fleet hears the same frames at the same times, at strengths of its own.
package struct LoRaTraffic: Sequence, Sendable {
    private let fleet: SimulatedFleet
    private let listener: Int
    private let channels: [UInt32]

    /// The three channels that every EU868 device has, in hertz.
    package static let defaultChannels: [UInt32] = [868_100_000, 868_300_000, 868_500_000]

    /// `listener` tells the forwarders of one simulation apart. `channels` are centre frequencies.
    package init(
        _ fleet: SimulatedFleet, listener: Int, channels: [UInt32] = LoRaTraffic.defaultChannels
    ) {
        self.fleet = fleet
        self.listener = listener
        self.channels = channels
    }

    package func makeIterator() -> Iterator {
        Iterator(fleet, listener: listener, channels: channels)
    }

    package struct Iterator: IteratorProtocol, Sendable {
        private let plan: SimulatedFleet.Plan
        private let channels: [UInt32]
        private var sensors: [LoRaSensor]
        private var schedule = Schedule()
        /// What happens on the air: the same for every listener.
        private var air: SimulationGenerator
        private var reception: SimulationGenerator

        fileprivate init(_ fleet: SimulatedFleet, listener: Int, channels: [UInt32]) {
            plan = fleet.plan
            self.channels = channels
            sensors = fleet.lora.enumerated().compactMap { number, device in
                let own = SimulationGenerator(seed: fleet.plan.seed, part: "lora sensor", number: number)
                return LoRaSensor(device, generator: own)
            }
            air = SimulationGenerator(seed: plan.seed, part: "lora traffic")
            reception = SimulationGenerator(seed: plan.seed, part: "lora reception", number: listener)
            for device in sensors.indices {
                let phase = plan.period * Double.random(in: 0..<1, using: &air)
                schedule.insert(.init(due: phase, device: device))
            }
        }

        /// Without channels nothing is on the air.
        package mutating func next() -> Timed<ReceivedPacket>? {
            while let channel = channels.indices.randomElement(using: &air),
                let entry = schedule.removeFirst()
            {
                let pause = Swift.max(.milliseconds(1), plan.period + air.jitter(plan.jitter))
                schedule.insert(.init(due: entry.due + pause, device: entry.device))
                if let frame = try? sensors[entry.device].nextFrame() {
                    return Timed(due: entry.due, value: packet(frame, channel: channel, due: entry.due))
                }
            }
            return nil
        }

        private mutating func packet(_ frame: [UInt8], channel: Int, due: Duration) -> ReceivedPacket {
            let spreadingFactor = UInt8.random(in: 7...10, using: &air)
            let signal = ReceivedPacket.Signal(
                rssi: Double(Int.random(in: -120 ... -60, using: &reception)),
                snr: Double(Int.random(in: -100...100, using: &reception)) / 10, channel: channel)
            return ReceivedPacket(
                payload: frame, frequency: channels[channel],
                dataRate: .lora(spreadingFactor: spreadingFactor, bandwidth: 125), codingRate: "4/5",
                counter: UInt32(truncatingIfNeeded: Int64(due / .microseconds(1))), signal: signal,
                radioChain: 0)
        }
    }
}
