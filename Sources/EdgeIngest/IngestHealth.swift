import Synchronization

/// How the pipeline is doing, for whoever asks.
package final class IngestHealth: Sendable {
    package struct Snapshot: Sendable {
        /// Why nothing is being stored; nil while all is well.
        package var trouble: String?
        /// The registered devices are in memory.
        package var isLoaded = false
        /// Entries in the table of ephemeral identifiers.
        package var ephemeralIDs = 0
        /// Devices for which some identifiers were not computed, because there are too many.
        package var devicesBeyondLimits = 0
    }

    private let state = Mutex(Snapshot())

    package init() {}

    package var snapshot: Snapshot { state.withLock { $0 } }

    func update(_ change: (inout Snapshot) -> Void) { state.withLock { change(&$0) } }
}
