package import BluetoothLE
import EdgeModel
import HubbleAdvertising

extension BluetoothTraffic {
    package struct Iterator: IteratorProtocol, Sendable {
        private struct Advertiser: Sendable {
            var sensor: BluetoothSensor
            /// Where the device is: what its reports vary around, in dBm.
            var strength: Int8
            var advertisement = AdvertisingData([])
            var address = BluetoothAddress(rawValue: 0)
        }

        private let plan: SimulatedFleet.Plan
        private let start: Timestamp
        private var advertisers: [Advertiser]
        private var schedule = Schedule()
        private var generator: SimulationGenerator

        init(_ fleet: SimulatedFleet, start: Timestamp) {
            plan = fleet.plan
            self.start = start
            var generator = SimulationGenerator(seed: plan.seed, part: "bluetooth traffic")
            advertisers = fleet.bluetooth.enumerated().compactMap { number, device in
                let own = SimulationGenerator(seed: fleet.plan.seed, part: "sensor", number: number)
                return BluetoothSensor(device, generator: own).map { sensor in
                    Advertiser(sensor: sensor, strength: .random(in: -90 ... -45, using: &generator))
                }
            }
            for device in advertisers.indices {
                let phase = plan.period * Double.random(in: 0..<1, using: &generator)
                schedule.insert(.init(due: phase, device: device))
            }
            self.generator = generator
        }

        package mutating func next() -> Timed<LEExtendedAdvertisingReport>? {
            while let entry = schedule.removeFirst() {
                if entry.repetition == 0 {
                    guard prepareMessage(of: entry.device, due: entry.due) else {
                        scheduleNextDay(after: entry)
                        continue
                    }
                    scheduleNextMessage(after: entry)
                }
                scheduleRepetition(of: entry)
                return Timed(due: entry.due, value: report(of: advertisers[entry.device]))
            }
            return nil
        }

        private mutating func scheduleNextMessage(after entry: Schedule.Entry) {
            let pause = Swift.max(.milliseconds(1), plan.period + generator.jitter(plan.jitter))
            schedule.insert(.init(due: entry.due + pause, device: entry.device))
        }

        private mutating func scheduleNextDay(after entry: Schedule.Entry) {
            let time = start.advanced(by: entry.due)
            let midnight = (time.day + 1) * Timestamp.microsecondsPerDay
            let pause = Duration.microseconds(midnight - time.microseconds)
            schedule.insert(.init(due: entry.due + pause, device: entry.device))
        }

        private mutating func scheduleRepetition(of entry: Schedule.Entry) {
            guard entry.repetition + 1 < plan.repetitions else { return }
            schedule.insert(
                .init(
                    due: entry.due + plan.repetitionInterval, device: entry.device,
                    repetition: entry.repetition + 1))
        }

        /// False when the device has nothing to send.
        private mutating func prepareMessage(of device: Int, due: Duration) -> Bool {
            let time = start.advanced(by: due)
            guard
                let serviceData = try? advertisers[device].sensor.nextServiceData(at: time, uptime: due)
            else { return false }
            let uuid = HubbleServiceData.serviceUUID
            advertisers[device].advertisement = AdvertisingData([
                .serviceUUIDs([uuid]), .serviceData(uuid: uuid, serviceData),
            ])
            // A non-resolvable private address: the two top bits are zero.
            advertisers[device].address = BluetoothAddress(rawValue: generator.next() & 0x3FFF_FFFF_FFFF)
            return true
        }

        private mutating func report(of advertiser: Advertiser) -> LEExtendedAdvertisingReport {
            LEExtendedAdvertisingReport(
                eventType: .legacyNonConnectable, addressType: .randomDevice, address: advertiser.address,
                rssi: advertiser.strength + .random(in: -6...6, using: &generator),
                data: advertiser.advertisement)
        }
    }
}
