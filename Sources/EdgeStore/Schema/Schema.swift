import GRDB

/// The tables, as they grew. Migrations are appended, never edited; each has a file of its own.
enum Schema {
    /// One step of growth: statements that run in one transaction, once.
    struct Migration {
        let name: String
        let statements: [String]
    }

    private static let migrations = [
        foundation, rollUps, webhooks, accounts, uploads, billing, network, profiles, upstream,
        decodings, alerts, events, hubbleUpstream, transmitLimits, mail, settings, sharedSessions, carried,
        drainRate,
    ]

    static var migrator: DatabaseMigrator {
        migrations.reduce(into: DatabaseMigrator()) { migrator, migration in
            migrator.registerMigration(migration.name) { database in
                for statement in migration.statements { try database.execute(sql: statement) }
            }
        }
    }
}
