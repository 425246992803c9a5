import CoreMetrics
import Synchronization

/// A metrics backend that only counts, to be asked by label and first dimension.
final class CountingMetrics: MetricsFactory {
    private let counters = Mutex<[String: Tally]>([:])

    /// The count of `label`, or of `label{value}` where it has a dimension.
    subscript(name: String) -> Int64 { counters.withLock { $0[name]?.value ?? 0 } }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let name = dimensions.first.map { "\(label){\($0.1)}" } ?? label
        return counters.withLock { counters in
            let tally = counters[name] ?? Tally()
            counters[name] = tally
            return tally
        }
    }

    func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler { NOOPMetricsHandler.instance }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        NOOPMetricsHandler.instance
    }

    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    private final class Tally: CounterHandler {
        private let count = Mutex<Int64>(0)
        var value: Int64 { count.withLock { $0 } }
        func increment(by amount: Int64) { count.withLock { $0 += amount } }
        func reset() { count.withLock { $0 = 0 } }
    }
}
