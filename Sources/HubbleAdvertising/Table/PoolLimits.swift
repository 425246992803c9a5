/// How many devices of unknown rotation get the entries that finding out takes. The others are
/// looked for by the day's EID alone, and counted.
package struct PoolLimits: Hashable, Sendable {
    /// Devices that may count days or uptime: 128 entries of 9 bytes each, about 0.4 ms to build.
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
