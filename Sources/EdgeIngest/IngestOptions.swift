package import EdgeModel
import EdgeStore

/// What the operator may choose about the pipeline.
package struct IngestOptions: Sendable {
    /// Days before and after the day of reception whose ephemeral identifiers are looked for, 0...30.
    package var windowDays = 2
    /// Equal messages of an unencrypted device within a step of this length are one packet.
    package var deduplicationWindow = Duration.seconds(300)

    /// Where a LoRaWAN device without a profile is.
    package var region = LoRaWANProfile.Region.eu868

    /// What was heard and nobody waits for is in the journal at once, and in the database after this time.
    package var commitInterval = CommitDemand.looking

    package init() {}
}

/// How long the pipeline gathers, and how often it writes what can wait.
enum IngestTimings {
    /// One commit takes at most this many sightings...
    static let batchLimit = 500
    /// ...or this many while more wait than that: each commit is a sync of the disk.
    static let backlogLimit = 2_000
    /// What arrives within this time is looked at together.
    static let look = Duration.milliseconds(25)
    /// The journal reaches the disk this often.
    static let journalSync = Duration.seconds(3)
    /// Counts of repeats are written this often.
    static let repeats = Duration.seconds(600)
    /// After a commit that failed.
    static let retry = Duration.seconds(1)
    static let recentPackets = 16_384
}
