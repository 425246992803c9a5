import GRDB

extension Store {
    /// Devices for which downlinks wait.
    package func devicesWithDownlinks() async throws -> [DeviceHandle] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT d.key, d.organization FROM downlink l JOIN device d ON d.key = l.device
                    WHERE l.is_finished = 0
                    """
            ).map { DeviceHandle(row: $0["key"], organization: $0["organization"]) }
        }
    }
}
