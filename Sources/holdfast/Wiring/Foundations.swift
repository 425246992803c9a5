import CoreMetrics
import EdgeHTTP
import EdgeModel
import EdgeStore
import Logging

/// What everything else stands on: time, figures, the database.
struct Foundations {
    let configuration: Configuration
    let directory: DataDirectory
    let keeper: TimeKeeper
    let metrics = MetricsRegistry()
    let store: Store
    let requestLog: RequestLog
    let logger: Logger

    var clock: EdgeClock { keeper.clock }

    /// Opens the database, and says in the log what state it was in.
    init(_ configuration: Configuration, _ directory: DataDirectory, _ logger: Logger) throws {
        self.configuration = configuration
        self.directory = directory
        self.logger = logger
        keeper = TimeKeeper(system: EdgeClock.system.shifted(by: configuration.clockOffset))
        MetricsSystem.bootstrap(metrics)
        store = try Store(directory: directory.path, clock: keeper.clock, logger: logger)
        if store.opening.isTrouble {
            logger.error("\(store.opening.summary)")
        } else {
            logger.info("database", metadata: ["state": "\(store.opening.summary)"])
        }
        requestLog = try RequestLog(directory: directory.path, logger: logger)
    }
}
