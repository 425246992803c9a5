import EdgeModel
import HubbleAdvertising

/// The state of one simulated Bluetooth device: what it sends next.
struct BluetoothSensor: Sendable {
    private enum Cipher: Sendable {
        case counterMode(DeviceKey)
        case eax(DeviceKey, PeriodExponent)
        case unencrypted(NetworkID)
    }

    private let cipher: Cipher
    private var readings: SensorReadings
    private var generator: SimulationGenerator
    private var day: TimeCounter?
    private var nextSequenceNumber: UInt16 = 0

    /// Nil for a device of another radio, and for a key of a length that its cipher does not take.
    init?(_ device: SimulatedDevice, generator: SimulationGenerator) {
        switch device.radio {
        case .counterMode(let secret):
            guard let key = DeviceKey(secret.bytes) else { return nil }
            cipher = .counterMode(key)
        case .eax(let secret, let exponent):
            guard let key = DeviceKey(secret.bytes), key.fitsEAX else { return nil }
            cipher = .eax(key, exponent)
        case .unencrypted(let networkID): cipher = .unencrypted(networkID)
        case .lorawan: return nil
        }
        self.generator = generator
        readings = SensorReadings(using: &self.generator)
    }

    /// The service data of the next message, `uptime` after the device was started. Nil when the
    /// day's sequence numbers are used up, or the clock has no counter.
    mutating func nextServiceData(at time: Timestamp, uptime: Duration) throws(SealError) -> [UInt8]? {
        readings.advance(using: &generator)
        switch cipher {
        case .counterMode(let key):
            guard let (day, number) = nextNumber(at: time) else { return nil }
            let payload = readings.cayenne(byteLimit: CounterModePacket.payloadLimit)
            return try CounterModePacket.seal(payload, sequenceNumber: number, key: key, at: day).bytes
        case .eax(let key, let exponent):
            let poolIndex =
                UInt32(clamping: uptime.components.seconds) >> exponent.rawValue
                % UInt32(TimeCounter.uptimePool.count)
            return try EAXPacket.seal(
                readings.cayenne(byteLimit: EAXPacket.payloadLimit), salt: generator.next(), key: key,
                at: exponent.counter(atPoolIndex: poolIndex), exponent: exponent
            ).bytes
        case .unencrypted(let networkID):
            let payload = readings.cayenne(byteLimit: UnencryptedPacket.payloadLimit)
            return try UnencryptedPacket(networkID: networkID, payload: payload).bytes
        }
    }

    /// A device never uses a number twice in a day.
    private mutating func nextNumber(at time: Timestamp) -> (TimeCounter, SequenceNumber)? {
        guard let today = TimeCounter(unixSeconds: time.seconds) else { return nil }
        if day != today {
            day = today
            nextSequenceNumber = 0
        }
        guard let number = SequenceNumber(rawValue: nextSequenceNumber) else { return nil }
        nextSequenceNumber += 1
        return (today, number)
    }
}
