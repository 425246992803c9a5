import EdgeModel
import EdgeStore
import EdgeTestSupport
import Foundation
import GatewayTestSupport
import Testing

@Suite(.serialized) struct SimulationTests {
    private static func world(
        _ seed: UInt64, _ faults: SimulatedWorld<GatewayValue, CentralValue>.Faults
    ) -> SimulatedWorld<GatewayValue, CentralValue> {
        var generator = SeededGenerator(seed: seed ^ 0x5EED)
        let gateways = (0..<3).map { number in
            GatewayValue(
                epoch: .random(using: &generator),
                generator: SeededGenerator(seed: seed &* 31 &+ UInt64(number)))
        }
        return SimulatedWorld(seed: seed, gateways: gateways, central: CentralValue(), faults: faults)
    }

    @Test func `whatever happens between them, in the end the central has what the gateways have`()
        async throws
    {
        var (requests, contradictions, failing) = (0, 0, [UInt64]())
        for seed in UInt64(1)...2_000 {
            var world = Self.world(seed, .init())
            let report = try await world.run(steps: 150)
            requests += report.requests
            contradictions += report.contradictions
            let isRight = report.isQuiet && report.arrived.allSatisfy { $0 < report.ingested }
            if !isRight { failing.append(seed) }
        }
        #expect(failing == [], "these seeds fail")
        // It was no quiet world.
        #expect(requests > 100_000)
        #expect(contradictions > 300)
    }

    @Test func `without copies and clones nobody begins another history`() async throws {
        var faults = SimulatedWorld<GatewayValue, CentralValue>.Faults()
        (faults.restores, faults.clones, faults.cuts) = (0, 0, 0)
        for seed in UInt64(1)...300 {
            var world = Self.world(seed, faults)
            let report = try await world.run(steps: 200)
            #expect(report.isQuiet, "seed \(seed)")
            #expect(report.contradictions == 0, "seed \(seed)")
            #expect(report.arrived.count == Int(report.ingested), "seed \(seed)")
        }
    }

    @Test(arguments: UInt64(1)...6)
    func `real databases agree after power cuts in the middle of commits and clocks that step`(
        _ seed: UInt64
    ) async throws {
        try await TemporaryDirectory.with { directory in
            func machine(_ name: String) async throws -> PowerCutMachine {
                try await PowerCutMachine(
                    home: TemporaryDirectory(url: directory.url.appending(path: name)))
            }
            let gateways = [
                try await GatewayDisk(machine("first")), try await GatewayDisk(machine("second")),
            ]
            let central = try await CentralDisk(machine("central"), gateways: 2)
            var faults = SimulatedWorld<GatewayDisk, CentralDisk>.Faults()
            (faults.restores, faults.clones, faults.cuts, faults.clockSteps) = (0, 0, 0.02, 0.06)
            // Few enough losses that most rows arrive before their time is known.
            (faults.drops, faults.repeats) = (0.03, 0.1)
            var world = SimulatedWorld(seed: seed, gateways: gateways, central: central, faults: faults)
            let report = try await world.run(steps: 300)
            #expect(report.isQuiet)
            // Whatever was stored, and nothing twice.
            #expect(report.arrived == Set(0..<report.ingested).subtracting(report.lost))
            #expect(report.misdated.isEmpty)
            #expect(report.contradictions == 0)
            #expect(report.cuts > 5)
            #expect(report.dated > 100)
        }
    }
}
