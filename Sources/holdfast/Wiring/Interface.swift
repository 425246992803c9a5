import EdgeCore
import EdgeHTTP
import EdgeModel
import EdgeRadio
import EdgeTunnel
import HubbleDialect
import Hummingbird
import ServiceLifecycle
import SyncDialect

/// What clients speak to: the dialects, on one port.
struct Interface {
    let recorder: RequestRecorder
    let server: any Service

    init(
        _ ground: Foundations, _ reception: Reception, _ core: EdgeCore, firstKey: EdgeCore.FirstKey?
    ) throws {
        let (configuration, logger) = (ground.configuration, ground.logger)
        let recorder = RequestRecorder(log: ground.requestLog, logger: logger)
        let status = GatewayStatusReport(
            store: ground.store, queue: reception.queue, board: reception.board, health: reception.health,
            scanner: reception.scanner, metrics: ground.metrics)
        let hubble = HubbleDialect.make(
            core: core, metrics: Metrics(store: ground.store, requests: ground.requestLog))
        let gateways = GatewayDialect.make(core: core)
        let edge = SyncDialect.make(core: core)
        let system = SystemRoutes(
            version: Version.current, clock: ground.clock, dialects: [hubble, gateways, edge],
            checks: { await status.checks() }, metrics: { await status.metricsText() })
        let api = APIServer(
            options: configuration.api, core: core,
            dialects: [system.dialect(errorsAs: hubble), gateways, edge], fallback: hubble,
            recorder: recorder, logger: logger)
        let announcement = Announcement(
            directory: ground.directory, configuration: configuration, lora: reception.forwarders?.address,
            firstKey: firstKey, logger: logger)
        self.recorder = recorder
        server = api.application(preparing: try Self.clientTunnel(ground)) { address in
            await announcement.listening(at: address)
        }
    }

    /// Nil when it is off.
    private static func clientTunnel(_ ground: Foundations) throws -> ConnectionPreparation? {
        guard ground.configuration.hasClientTunnel else { return nil }
        do {
            let authority = try LocalAuthority(directory: ground.directory.path, clock: ground.clock)
            let tunnel = ClientTunnel(authority: authority, logger: ground.logger)
            return { try tunnel.prepare($0) }
        } catch let error as EdgeError {
            throw ConfigurationError("http.client_tunnel: \(error.message)")
        }
    }
}
