package import EdgeModel
import GRDB

extension Store {
    /// The gateway that heard each device last, as far as the frame log goes back.
    package func lastGateways(of devices: [DeviceHandle]) async throws -> [DeviceHandle: GatewayID] {
        guard !devices.isEmpty else { return [:] }
        return try await read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT gateway FROM frameLog
                    WHERE device = ? AND kind = 'uplink' AND gateway IS NOT NULL
                    ORDER BY number DESC LIMIT 1
                    """)
            var gateways: [DeviceHandle: GatewayID] = [:]
            for device in devices {
                gateways[device] = try String.fetchOne(statement, arguments: [device.row])
                    .map { GatewayID($0) }
            }
            return gateways
        }
    }
}
