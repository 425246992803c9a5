package import EdgeModel
import FoundationEssentials
import GRDB
package import Logging

/// One HTTP request, as it is logged: no secret, no body.
package struct RequestRecord: Sendable {
    package var id: String
    package var at: Timestamp
    package var method: String
    package var path: String
    /// The template that matched, or empty.
    package var route: String
    package var dialect: String
    package var status: Int
    package var duration: Duration
    package var key: APIKeyID?
    package var organization: OrganizationID?
    package var remoteAddress: String?
    /// What the client called the request, if it did.
    package var clientRequestID: String?
    package var responseBytes: Int?

    package init(
        id: String, at: Timestamp, method: String, path: String, route: String, dialect: String,
        status: Int, duration: Duration, key: APIKeyID?, organization: OrganizationID?,
        remoteAddress: String?, clientRequestID: String?, responseBytes: Int?
    ) {
        self.id = id
        self.at = at
        self.method = method
        self.path = path
        self.route = route
        self.dialect = dialect
        self.status = status
        self.duration = duration
        self.key = key
        self.organization = organization
        self.remoteAddress = remoteAddress
        self.clientRequestID = clientRequestID
        self.responseBytes = responseBytes
    }
}

extension RequestRecord {
    /// What of an organization was asked for, as paths begin: `/devices`. `/` for the organization itself.
    var resource: String {
        let parts = route.split(separator: "/")
        guard let place = parts.firstIndex(of: "{org_id}") else { return parts.first.map { "/\($0)" } ?? "/" }
        return parts[(place + 1)...].first.map { "/\($0)" } ?? "/"
    }
}

/// The log of HTTP requests, in a database file of its own: it may lose its last second to a power
/// cut, and must never stand in the way of a packet. A ring of `limit` rows.
package final class RequestLog: Sendable {
    package static let limit = 200_000
    private let queue: DatabaseQueue

    /// Opens `requests.db` in `directory`; a file that cannot be read is begun anew.
    package init(directory: String, logger: Logger) throws {
        let path = directory + "/requests.db"
        do {
            queue = try Self.open(path)
        } catch let error as DatabaseError where StoreOpener.isDamage(error) {
            logger.warning("the request log was damaged and is begun anew")
            for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
                try FileManager.default.removeItem(atPath: path + suffix)
            }
            queue = try Self.open(path)
        }
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "holdfast.requests"
        configuration.prepareDatabase { database in
            try database.execute(
                sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -512;")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 requests") { database in
            try database.execute(
                sql: """
                    CREATE TABLE request (
                        key INTEGER PRIMARY KEY,
                        id TEXT NOT NULL UNIQUE,
                        at INTEGER NOT NULL,
                        method TEXT NOT NULL,
                        path TEXT NOT NULL,
                        route TEXT NOT NULL,
                        dialect TEXT NOT NULL,
                        status INTEGER NOT NULL,
                        duration INTEGER NOT NULL,
                        credential TEXT,
                        organization TEXT,
                        remote_address TEXT,
                        client_request_id TEXT,
                        response_bytes INTEGER
                    )
                    """)
        }
        migrator.registerMigration("2 request volumes") { database in
            try database.execute(
                sql: """
                    CREATE TABLE requestHour (
                        organization TEXT NOT NULL,
                        hour INTEGER NOT NULL,
                        resource TEXT NOT NULL,
                        requests INTEGER NOT NULL,
                        failed INTEGER NOT NULL,
                        rate_limited INTEGER NOT NULL,
                        duration INTEGER NOT NULL,
                        PRIMARY KEY (organization, hour, resource)
                    ) WITHOUT ROWID;
                    CREATE INDEX request_hour_by_time ON requestHour(hour);
                    """)
        }
        try migrator.migrate(queue)
        return queue
    }

    /// Adds records in one transaction and drops the oldest over the limit.
    package func append(_ records: [RequestRecord]) async throws {
        do {
            try await queue.write { database in
                for record in records { try Self.insert(record, database) }
                try Self.addVolumes(of: records, database)
                let last = database.lastInsertedRowID
                try database.execute(
                    sql: "DELETE FROM request WHERE key <= ?", arguments: [last - Int64(Self.limit)])
            }
        } catch {
            throw Store.domainError(error)
        }
    }

    /// The requests of an organization by hour and resource, in no order.
    package func volumes(of organization: OrganizationID, _ hours: Range<Hour>) async throws
        -> [RequestVolume]
    {
        do {
            return try await queue.read { database in
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT * FROM requestHour WHERE organization = ? AND hour >= ? AND hour < ?
                        """,
                    arguments: [organization.rawValue, hours.lowerBound.rawValue, hours.upperBound.rawValue]
                ).map { row in
                    RequestVolume(
                        hour: Hour(rawValue: row["hour"]), resource: row["resource"],
                        requests: row["requests"], failed: row["failed"], rateLimited: row["rate_limited"],
                        duration: .microseconds(row["duration"] as Int64))
                }
            }
        } catch {
            throw Store.domainError(error)
        }
    }

    /// Sums are kept for ten years, by the clock of the newest request.
    private static let keptHours: Int64 = 24 * 3_700

    private static func addVolumes(of records: [RequestRecord], _ database: Database) throws {
        for record in records {
            guard let organization = record.organization else { continue }
            try database.cachedStatement(
                sql: """
                    INSERT INTO requestHour VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6)
                    ON CONFLICT DO UPDATE SET requests = requests + 1, failed = failed + ?4,
                        rate_limited = rate_limited + ?5, duration = duration + ?6
                    """
            ).execute(arguments: [
                organization.rawValue, Hour(of: record.at).rawValue, record.resource,
                record.status >= 400 ? 1 : 0, record.status == 429 ? 1 : 0, record.duration.microseconds,
            ])
        }
        guard let newest = records.map({ Hour(of: $0.at) }).max() else { return }
        try database.execute(
            sql: "DELETE FROM requestHour WHERE hour < ?", arguments: [newest.rawValue - keptHours])
    }

    package func close() throws { try queue.close() }

    private static func insert(_ record: RequestRecord, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO request (id, at, method, path, route, dialect, status, duration,
                    credential, organization, remote_address, client_request_id, response_bytes)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            record.id, record.at.microseconds, record.method, record.path, record.route,
            record.dialect, record.status, record.duration.microseconds, record.key?.rawValue,
            record.organization?.rawValue, record.remoteAddress, record.clientRequestID,
            record.responseBytes,
        ])
    }
}
