package import EdgeModel
import Synchronization

/// What one scanner is doing: a line of a status page.
package struct HCIScannerStatus: Hashable, Sendable {
    /// `hci0`, or `h4`, `h4-2` and so on for controllers behind a stream.
    package var adapter: String
    package var gateway: GatewayID
    package var condition: HCIScannerCondition
    /// How the controller is reached; nil without a connection.
    package var link: HCILink?
    /// The commands the scan runs with; nil while it does not run.
    package var scanKind: HCIScanKind?
    /// When the last advertising report came, to about a second; nil before the first.
    package var lastReportAt: ClockReading?
    /// Events that the kernel dropped since the start because they were not read in time.
    package var droppedEventCount = 0
}

/// The status of every scanner: written by their threads, read by the status page. Bounded by the
/// number of sources.
final class HCIScannerStatusBoard: Sendable {
    private let statuses = Mutex<[String: HCIScannerStatus]>([:])

    func publish(_ status: HCIScannerStatus) {
        statuses.withLock { $0[status.adapter] = status }
    }

    func snapshot() -> [HCIScannerStatus] {
        statuses.withLock { $0.values.sorted { $0.adapter < $1.adapter } }
    }
}
