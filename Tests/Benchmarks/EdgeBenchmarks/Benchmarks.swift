import Benchmark
import BluetoothLE
import EdgeModel
import EdgeStore
import Foundation
import GRDB
import HubbleAdvertising
import LoRaNetwork
import LoRaWAN
import Logging
import SemtechUDP

/// Run with `HOLDFAST_BENCHMARKS=1 swift package benchmark`. Figures on shared machines mean
/// something as ratios of one run only: what has a peer stands beside it.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput, .peakMemoryResident], scalingFactor: .kilo,
        maxDuration: .seconds(5))

    Benchmark("decode legacy advertising reports, one an event") { benchmark in
        let event = Samples.advertisingEvent
        for _ in benchmark.scaledIterations {
            guard case .advertisingReports(let reports)? = try? HCIEvent(decoding: event[...]) else {
                continue
            }
            for report in reports { blackHole(report) }
        }
    }

    Benchmark("open Hubble version 0, device known") { benchmark in
        let key = Samples.deviceKey
        let packet = try Samples.packet(key)
        let keys = HubbleSessionKeys(key, at: Samples.day)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try packet.open(with: keys)) }
    }

    for count in [100, 100_000] {
        Benchmark("find and open Hubble version 0 among \(count) devices") { benchmark in
            let (table, keys, frame) = try Samples.table(devices: count)
            var opener = HubbleOpener()
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { blackHole(opener.open(frame, in: table) { keys[Int($0)] }) }
            // Freeing a hundred thousand keys is not what is asked.
            benchmark.stopMeasurement()
            withExtendedLifetime((table, keys)) {}
        }
    }

    Benchmark(
        "build the table of 100,000 devices and five days", configuration: .init(scalingFactor: .one)
    ) { benchmark in
        let devices = Samples.listed(100_000)
        benchmark.startMeasurement()
        let table = EphemeralIDTable(devices: devices, window: Samples.window)
        benchmark.stopMeasurement()
        precondition(table.entryCount == 500_000)
    }

    Benchmark("decode PUSH_DATA with one rxpk") { benchmark in
        let datagram = Samples.pushData
        for _ in benchmark.scaledIterations { blackHole(try PushData(decoding: datagram)) }
    }

    for kind in LoRaSamples.Kind.allCases {
        Benchmark("LoRaWAN: 500 of 100,000 sessions share a DevAddr, \(kind.rawValue)") { benchmark in
            var samples = try LoRaSamples(kind)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { blackHole(samples.receive()) }
            benchmark.stopMeasurement()
            withExtendedLifetime(samples) {}
        }
    }

    Benchmark("LoRaWAN: an uplink through the network server, without a downlink") { benchmark in
        var traffic = try LoRaTraffic()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(traffic.next()) }
        benchmark.stopMeasurement()
        withExtendedLifetime(traffic) {}
    }

    Benchmark("record 500 packets") { benchmark in
        let fixture = try await StoreSamples()
        benchmark.startMeasurement()
        for _ in 0..<20 { blackHole(try await fixture.store.record(fixture.batch())) }
    }

    Benchmark("peer: insert 500 such rows with bare SQLite") { benchmark in
        let peer = try BarePeer()
        benchmark.startMeasurement()
        for _ in 0..<20 { try peer.insertBatch() }
    }

    Benchmark("read a page of 100 packets") { benchmark in
        let fixture = try await StoreSamples()
        for _ in 0..<20 { _ = try await fixture.store.record(fixture.batch()) }
        let query = fixture.query
        benchmark.startMeasurement()
        for _ in 0..<100 { blackHole(try await fixture.store.packets(query)) }
    }
}
