import EdgeCore
import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct SilenceMonitorTests {
    @Test func `gateways that were made up leave the watch to those that are heard`() async throws {
        try await CoreFixture.with { fixture in
            let board = GatewayBoard()
            var monitor = SilenceMonitor(
                store: fixture.store, board: board, gateways: fixture.core.gateways,
                allowedSilence: .seconds(300))
            func hear(_ name: String) {
                board.observed(GatewayID(name), kind: .packetForwarder, at: fixture.clock.now)
            }
            for number in 0..<GatewayBoard.capacity { hear("made-up-\(number)") }
            _ = try await monitor.look()
            fixture.clock.advance(by: .seconds(3_700))
            hear("real")
            _ = try await monitor.look()
            #expect(try await fixture.store.watchedGateways()[GatewayID("real")] == nil)
            #expect(try await fixture.store.raisedAlerts().count == GatewayBoard.capacity)
            fixture.clock.advance(by: .seconds(86_400))
            hear("real")
            _ = try await monitor.look()
            #expect(try await fixture.store.watchedGateways().keys.map(\.rawValue) == ["real"])
            #expect(try await fixture.store.raisedAlerts().isEmpty)
        }
    }
}
