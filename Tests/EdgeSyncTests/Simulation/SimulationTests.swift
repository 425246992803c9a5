import EdgeModel
import EdgeStore
import EdgeTestSupport
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
        #expect(contradictions > 500)
    }

    @Test func `without copies and clones nobody begins another history`() async throws {
        var faults = SimulatedWorld<GatewayValue, CentralValue>.Faults()
        (faults.restores, faults.clones) = (0, 0)
        for seed in UInt64(1)...300 {
            var world = Self.world(seed, faults)
            let report = try await world.run(steps: 200)
            #expect(report.isQuiet, "seed \(seed)")
            #expect(report.contradictions == 0, "seed \(seed)")
            #expect(report.arrived.count == Int(report.ingested), "seed \(seed)")
        }
    }

    @Test(arguments: UInt64(1)...6)
    func `with real databases the ledger and the central agree`(_ seed: UInt64) async throws {
        try await StoreFixture.with { first in
            try await StoreFixture.with { second in
                try await StoreFixture.with { there in
                    let gateways = [
                        try await GatewayDisk(first), try await GatewayDisk(second),
                    ]
                    let central = try await CentralDisk(there, gateways: 2)
                    var faults = SimulatedWorld<GatewayDisk, CentralDisk>.Faults()
                    (faults.restores, faults.clones) = (0, 0)
                    var world = SimulatedWorld(
                        seed: seed, gateways: gateways, central: central, faults: faults)
                    let report = try await world.run(steps: 120)
                    #expect(report.isQuiet)
                    #expect(report.arrived == Set(0..<report.ingested))
                    #expect(report.contradictions == 0)
                }
            }
        }
    }
}
