import BluetoothLE
import EdgeModel
import Glibc
import Logging

/// Finds the adapters of this machine: those that are there, and those that come later.
///
/// Each is reported once; when it goes and comes back, its scanner notices by itself. Runs on a
/// thread of its own.
struct BluetoothAdapterWatcher {
    private let logger: Logger
    /// How long a failure that may pass is waited out.
    private static let retry = Duration.seconds(30)

    init(logger: Logger) { self.logger = logger }

    /// Reports adapters to `found` until told to stop. Where the kernel has no Bluetooth, only waits.
    func run(until stop: StopSignal, found: (UInt16) -> Void) {
        var known = KnownAdapters()
        var isFirstAttempt = true
        while true {
            var timeout: Duration? = Self.retry
            do throws(SystemCallFailure) {
                try follow(until: stop, logEmpty: isFirstAttempt) { if known.insert($0) { found($0) } }
                return
            } catch {
                if HCIOpenFailure(error) == .unsupportedByKernel {
                    timeout = nil
                    logAbsence()
                } else if isFirstAttempt {
                    logger.warning(
                        "Bluetooth adapters cannot be watched", metadata: ["error": "\(error)"])
                }
            }
            isFirstAttempt = false
            if StopSignal.poll([stop.pollEntry], timeout: timeout)[0].revents != 0 { return }
        }
    }

    /// Returns when told to stop.
    private func follow(
        until stop: StopSignal, logEmpty: Bool, found: (UInt16) -> Void
    ) throws(SystemCallFailure) {
        // Listening begins before listing, so that none is missed between the two.
        let socket = try AdapterChangeSocket()
        let present = try socket.adapters()
        if present.isEmpty, logEmpty { logAbsence() }
        present.forEach(found)
        while true {
            let entry = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
            if StopSignal.poll([stop.pollEntry, entry], timeout: nil)[0].revents != 0 { return }
            for change in try socket.changes() where change.kind == .registered { found(change.adapter) }
        }
    }

    private func logAbsence() { logger.info("no Bluetooth adapter; LoRa and HTTP go on") }
}

/// The adapters that were reported, at most as many as Linux can have.
private struct KnownAdapters {
    private var numbers: Set<UInt16> = []

    /// False when `number` is known, or one too many.
    mutating func insert(_ number: UInt16) -> Bool {
        guard numbers.count < BluetoothSourceSelection.maximumSourceCount else { return false }
        return numbers.insert(number).inserted
    }
}
