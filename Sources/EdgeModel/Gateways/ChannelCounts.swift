/// How many packets a gateway heard on each frequency at each data rate. Bounded: what a gateway hears
/// on other channels than the first so many is counted together.
package struct ChannelCounts: Hashable, Sendable {
    package struct Channel: Hashable, Sendable {
        /// In hertz.
        package var frequency: UInt32
        package var dataRate: String

        package init(frequency: UInt32, dataRate: String) {
            self.frequency = frequency
            self.dataRate = dataRate
        }
    }

    /// Eight channels of six data rates, twice over.
    package static let limit = 96

    package private(set) var counts: [Channel: Int] = [:]
    /// Packets on channels that found no place.
    package private(set) var others = 0

    package init() {}

    package mutating func add(_ channel: Channel) {
        if counts[channel] != nil || counts.count < Self.limit {
            counts[channel, default: 0] += 1
        } else {
            others += 1
        }
    }

    /// By frequency, then data rate.
    package var sorted: [(channel: Channel, packets: Int)] {
        counts.sorted { ($0.key.frequency, $0.key.dataRate) < ($1.key.frequency, $1.key.dataRate) }
            .map { ($0.key, $0.value) }
    }
}
