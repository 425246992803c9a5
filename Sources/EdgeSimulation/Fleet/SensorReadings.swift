/// What a simulated sensor measures: temperature and humidity that wander, a battery that drains.
struct SensorReadings: Sendable {
    /// In tenths of a degree Celsius, -40.0...85.0.
    private var temperature: Int16
    /// In halves of a percent, 0...200.
    private var humidity: UInt8
    /// In hundredths of a volt.
    private var battery: Int16

    init(using generator: inout SimulationGenerator) {
        temperature = .random(in: 120...260, using: &generator)
        humidity = .random(in: 70...130, using: &generator)
        battery = .random(in: 290...330, using: &generator)
    }

    /// Goes on by one message.
    mutating func advance(using generator: inout SimulationGenerator) {
        temperature = min(850, max(-400, temperature + .random(in: -3...3, using: &generator)))
        let step = Int.random(in: -2...2, using: &generator)
        humidity = UInt8(clamping: min(200, max(0, Int(humidity) + step)))
        if battery > 200, Int.random(in: 0..<200, using: &generator) == 0 { battery -= 1 }
    }

    /// Cayenne LPP: channel, type, value (big endian) for each reading that fits, in the order
    /// temperature (0x67, 0.1 degrees), humidity (0x68, 0.5 %), battery as analog input (0x02, 0.01).
    func cayenne(byteLimit: Int) -> [UInt8] {
        let readings: [[UInt8]] = [
            [1, 0x67] + bigEndian(temperature), [2, 0x68, humidity], [3, 0x02] + bigEndian(battery),
        ]
        return readings.reduce(into: []) { payload, reading in
            if payload.count + reading.count <= byteLimit { payload += reading }
        }
    }

    private func bigEndian(_ value: Int16) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
    }
}
