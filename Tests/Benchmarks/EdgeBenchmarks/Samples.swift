import BluetoothLE
import EdgeModel
import EdgeStore
import Foundation
import GRDB
import HubbleAdvertising
import Logging
import SemtechUDP

/// Inputs as the air and the network bring them.
enum Samples {
    static let day = TimeCounter(rawValue: 20_372)
    static let window = TimeCounter(rawValue: day.rawValue - 2)...TimeCounter(rawValue: day.rawValue + 2)
    static let deviceKey = key(1)

    static func key(_ number: Int) -> DeviceKey {
        let bytes = (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8) &+ $0) }
        guard let key = DeviceKey(bytes) else { preconditionFailure("32 bytes are a key") }
        return key
    }

    static func packet(_ key: DeviceKey) throws -> CounterModePacket {
        guard let number = SequenceNumber(rawValue: 7) else { preconditionFailure("7 is a number") }
        return try CounterModePacket.seal(
            Array("temperature".utf8), sequenceNumber: number, key: key, at: day)
    }

    /// The keys of so many devices, where to find them, and service data of the last of them.
    static func table(devices count: Int) throws -> (EphemeralIDTable, [DeviceKey], [UInt8]) {
        let devices = listed(count)
        let keys = devices.map(\.key)
        return (EphemeralIDTable(devices: devices, window: window), keys, try packet(keys[count - 1]).bytes)
    }

    static func listed(_ count: Int) -> [ListedDevice] {
        (0..<count).map {
            ListedDevice(index: Int32($0), key: key($0 + 1), scheme: .counterMode(.unixTime))
        }
    }

    /// An LE advertising report event with one Hubble advertisement, behind its H4 packet type.
    static let advertisingEvent: [UInt8] = {
        let advertisement: [UInt8] = [
            0x03, 0x03, 0xA6, 0xFC,  // complete list of 16-bit service UUIDs
            0x11, 0x16, 0xA6, 0xFC, 0x00, 0x01, 0xC0, 0x48, 0xB6, 0x33, 0x45, 0xA8, 0xAE, 0xC6, 0xC0, 0x2E,
            0xAC, 0xF0,
        ]
        let report: [UInt8] =
            [0x03, 0x01, 1, 2, 3, 4, 5, 0xC6, UInt8(advertisement.count)] + advertisement + [0xC4]
        return [0x3E, UInt8(report.count + 2), 0x02, 0x01] + report
    }()

    static let pushData: [UInt8] =
        [0x02, 0x4A, 0xEC, 0x00, 0x00, 0x16, 0xC0, 0x01, 0xFF, 0x10, 0xA1, 0xB2]
        + Array(
            """
            {"rxpk":[{"jver":1,"tmst":41999582,"chan":0,"rfch":0,"freq":868.100000,"mid":8,"stat":1,"modu":"LORA",\
            "datr":"SF7BW125","codr":"4/5","rssis":-58,"lsnr":9.2,"foff":-123,"rssi":-57,"size":17,\
            "data":"QPF9vkkAAgABlUN4disR/w0="}]}
            """.utf8)
}

/// A store in a directory of its own, and batches for it.
final class StoreSamples {
    let store: Store
    private let directory: URL
    private let device: DeviceHandle
    private var number: UInt64 = 0

    init() async throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "holdfast-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        store = try Store(
            directory: directory.path, logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
        let organization = OrganizationID("benchmark")
        let now = EdgeClock.system.now().wall
        try await store.addOrganization(organization, name: "Benchmark", at: now)
        let value = Device(
            id: DeviceID("d"), organization: organization, name: "D", devEUI: EUI64(rawValue: 1),
            devEUISpelling: "1",
            platform: .lorawan, createdAt: now, updatedAt: now)
        _ = try await store.register([value]) { device, _ in device.id }
        device = try await store.registryChanges(after: 0, limit: 1).devices[0].handle
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    var query: PacketQuery {
        PacketQuery(
            organization: OrganizationID("benchmark"),
            received: Timestamp(microseconds: 0)..<Timestamp(microseconds: .max), limit: 100, through: .max)
    }

    func batch() -> IngestBatch {
        var batch = IngestBatch()
        batch.packets = (0..<500).map { _ in
            number += 1
            let now = EdgeClock.system.now()
            return NewPacket(
                id: UniqueID.named(number.description.utf8, in: UniqueID(high: 1, low: 1)), device: device,
                platform: .lorawan, protection: .decrypted, payload: Array("12345678901".utf8), counter: nil,
                sequenceNumber: UInt32(number), fPort: 2, receivedAt: now, clockQuality: .saved,
                receptions: [
                    Reception(
                        gateway: GatewayID("lora-1"), firstAt: now.wall, lastAt: now.wall, count: 1,
                        rssi: RSSI(dBm: -57), snr: 9.2, frequency: 868_100_000, dataRate: "SF7BW125")
                ])
        }
        return batch
    }
}

/// The same rows into the same table, with SQLite and nothing else, at the same batch and sync.
final class BarePeer {
    private let queue: DatabaseQueue
    private let path: String
    private var number: Int64 = 0

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "peer-\(UUID().uuidString).db").path
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(
                sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192;")
        }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE packet (sequence INTEGER PRIMARY KEY, id BLOB, organization, device, platform,
                        protection, payload, counter, sequence_number, f_port, received_at, clock_quality, boot,
                        monotonic, gateway, rssi, snr, frequency, data_rate, checksum);
                    CREATE UNIQUE INDEX a ON packet(device, ifnull(sequence_number, -1), id);
                    CREATE INDEX b ON packet(device, sequence);
                    CREATE INDEX c ON packet(organization, platform, sequence);
                    """)
        }
    }

    deinit {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    func insertBatch() throws {
        try queue.write { database in
            let statement = try database.makeStatement(
                sql: "INSERT INTO packet VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
            for _ in 0..<500 {
                number += 1
                try statement.execute(arguments: [
                    number, Data(UniqueID.random().bytes), 1, 1, 2, 1, Data("12345678901".utf8), nil, number,
                    2,
                    1_795_000_000_000_000 + number, 1, 1, number * 50_000, 1, -57, 9.2, 868_100_000,
                    "SF7BW125",
                    number &* 7919 & 0xFFFF_FFFF,
                ])
            }
        }
    }
}
