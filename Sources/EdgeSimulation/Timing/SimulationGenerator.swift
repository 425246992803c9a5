/// SplitMix64: the same fleet from the same seed on every machine.
struct SimulationGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A generator for one part of a simulation, unrelated to those of other parts.
    init(seed: UInt64, part: StaticString, number: Int = 0) {
        let name = part.withUTF8Buffer { $0.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
        var mixer = SimulationGenerator(seed: name &+ UInt64(bitPattern: Int64(number)))
        state = mixer.next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func bytes(count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }

    /// Up to `span` earlier or later.
    mutating func jitter(_ span: Duration) -> Duration { span * Double.random(in: -1...1, using: &self) }
}
