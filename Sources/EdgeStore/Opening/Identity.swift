import EdgeModel
import FoundationEssentials
import GRDB

/// What a database says of itself, in its `property` table.
struct Identity {
    var epoch: UniqueID
    /// The last ingest sequence number given out.
    var sequence: Int64

    /// Nil in a database that was only just created.
    static func fetch(_ database: Database) throws -> Identity? {
        guard
            let bytes = try Data.fetchOne(
                database, sql: "SELECT value FROM property WHERE name = 'epoch'"),
            let epoch = UniqueID(bytes: Array(bytes))
        else { return nil }
        let sequence = try Int64.fetchOne(
            database, sql: "SELECT value FROM property WHERE name = 'last_sequence'")
        return Identity(epoch: epoch, sequence: sequence ?? 0)
    }

    func store(_ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO property VALUES ('epoch', ?), ('last_sequence', ?)",
            arguments: [epoch.data, sequence])
    }

    /// The sequence number up to which `deviceActivity` counts.
    static func activityThrough(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(
            database, sql: "SELECT value FROM property WHERE name = 'activity_through'") ?? 0
    }

    /// The sequence number up to which packets are in the roll-ups.
    static func rolledUpThrough(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT value FROM property WHERE name = 'rolled_up_through'")) ?? 0
    }

    /// The generation of the journal whose sightings are all in the database.
    static func journalGeneration(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(
            database, sql: "SELECT value FROM property WHERE name = 'journal_generation'") ?? 0
    }

    static func setJournalGeneration(_ generation: Int64, in database: Database) throws {
        let statement = try FastStatement(
            database, "INSERT OR REPLACE INTO property VALUES ('journal_generation', ?)")
        statement.bind(generation, at: 1)
        _ = try statement.run()
    }

    static func setRolledUpThrough(_ sequence: Int64, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO property VALUES ('rolled_up_through', ?)", arguments: [sequence])
    }

    static func setActivityThrough(_ sequence: Int64, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO property VALUES ('activity_through', ?)",
            arguments: [sequence])
    }
}
