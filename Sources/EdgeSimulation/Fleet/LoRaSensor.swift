import EdgeModel
import LoRaWAN

/// The state of one simulated LoRaWAN device: what it sends next.
struct LoRaSensor: Sendable {
    private let devAddr: DevAddr
    private let keys: SessionKeys
    private var readings: SensorReadings
    private var generator: SimulationGenerator
    private var counter = FrameCounter(rawValue: 0)

    /// Nil for a device of another radio, and for keys of a wrong length.
    init?(_ device: SimulatedDevice, generator: SimulationGenerator) {
        guard case .lorawan(let session) = device.radio,
            let nwkSKey = AESKey(session.networkSessionKey.bytes),
            let appSKey = AESKey(session.applicationSessionKey.bytes)
        else { return nil }
        devAddr = DevAddr(rawValue: session.devAddr)
        keys = SessionKeys(nwkSKey: nwkSKey, appSKey: appSKey)
        self.generator = generator
        readings = SensorReadings(using: &self.generator)
    }

    /// An unconfirmed uplink on port 2 with the readings in it.
    mutating func nextFrame() throws(FrameError) -> [UInt8] {
        readings.advance(using: &generator)
        defer { counter.rawValue &+= 1 }
        return try PlainFrame(
            devAddr: devAddr, counter: counter, fPort: 2, payload: readings.cayenne(byteLimit: 11)
        ).sealUplink(keys: keys).bytes
    }
}
