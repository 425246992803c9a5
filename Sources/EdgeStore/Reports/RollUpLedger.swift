import EdgeModel
import Synchronization

/// What packets add to the roll-ups since these were last written: a packet costs no write of them.
final class RollUpLedger: Sendable {
    struct Contents {
        /// The sequence number up to which the database has what is not in here.
        var base: Int64 = 0
        var sums: [RollUpPlace: RollUpSums] = [:]

        mutating func add(_ packet: RolledUpPacket) {
            let place = RollUpPlace(
                organization: packet.device.organization, hour: Hour(of: packet.receivedAt))
            sums[place, default: RollUpSums()].add(packet)
        }
    }

    private let contents = Mutex(Contents())

    var current: Contents { contents.withLock { $0 } }

    func update(_ change: (inout Contents) -> Void) { contents.withLock { change(&$0) } }

    /// The database has `written` now, through `sequence`.
    func forget(_ written: [RollUpPlace: RollUpSums], through sequence: Int64) {
        contents.withLock { contents in
            contents.base = sequence
            for (place, sums) in written {
                contents.sums[place]?.subtract(sums)
                if contents.sums[place]?.isEmpty == true { contents.sums[place] = nil }
            }
        }
    }
}

/// One organization and one hour.
struct RollUpPlace: Hashable {
    var organization: Int64
    var hour: Hour
}

/// What the roll-ups take from a packet.
struct RolledUpPacket {
    var device: DeviceHandle
    var platform: Platform
    var payloadLength: Int
    var receivedAt: Timestamp
}

/// The packets of one place.
struct RollUpSums {
    private(set) var volumes: [Platform: Volume] = [:]
    private(set) var devices = DeviceSet()

    struct Volume {
        var packets = 0
        var bytes = 0
    }

    var isEmpty: Bool { volumes.values.allSatisfy { $0.packets == 0 } }

    mutating func add(_ packet: RolledUpPacket) {
        volumes[packet.platform, default: Volume()].packets += 1
        volumes[packet.platform, default: Volume()].bytes += packet.payloadLength
        devices.insert(packet.device.row)
    }

    /// Devices stay: being in a set twice does no harm.
    mutating func subtract(_ other: RollUpSums) {
        for (platform, volume) in other.volumes {
            volumes[platform, default: Volume()].packets -= volume.packets
            volumes[platform, default: Volume()].bytes -= volume.bytes
        }
    }
}
