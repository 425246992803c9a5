import EdgeModel
import GRDB
import Synchronization

extension Store {
    /// Receptions that were filed under one name, because there were too many gateways to name, since the
    /// start. Their packets are stored like all others.
    package var unnamedReceptions: Int { writerState.withLock { $0.unnamed } }

    /// It reads every packet once; nobody needs the room sooner.
    private static let tidyingInterval = Duration.seconds(3_600)

    /// Forgets the names of gateways that no packet and no raw frame is from any more, once there are many.
    /// Returns how many those were.
    package func tidyGatewayNames() async throws -> Int {
        guard try await namesAreMany() else { return 0 }
        // From here on the writer remembers which names are used, while the readers look for the others.
        try await write { [self] _ in writerState.withLock { $0.gateways = [:] } }
        let used = try await read { database in
            try Set(
                Int64.fetchAll(
                    database,
                    sql: """
                        SELECT gateway FROM packet UNION SELECT gateway FROM reception
                        UNION SELECT gateway FROM rawFrame
                        """))
        }
        return try await write { [self] database in
            let recent = Set(writerState.withLock { $0.gateways.values })
            // The highest row stays: SQLite would give its number out again.
            let unused = try Int64.fetchAll(
                database, sql: "SELECT key FROM gateway WHERE key < (SELECT max(key) FROM gateway)"
            ).filter { !used.contains($0) && !recent.contains($0) }.prefix(GatewayNames.limit)
            for key in unused {
                try database.execute(sql: "DELETE FROM gateway WHERE key = ?", arguments: [key])
            }
            afterCommit { [self] in gatewayNames.forget(Array(unused)) }
            return unused.count
        }
    }

    private func namesAreMany() async throws -> Bool {
        let now = clock.now().monotonic
        let isDue = writerState.withLock { state in
            state.namesTidiedAt.map { now.since($0) >= Self.tidyingInterval } ?? true
        }
        guard isDue else { return false }
        let count = try await read { try Int.fetchOne($0, sql: "SELECT count(*) FROM gateway") ?? 0 }
        guard count >= GatewayNames.rawFrameLimit else { return false }
        writerState.withLock { $0.namesTidiedAt = now }
        return true
    }
}
