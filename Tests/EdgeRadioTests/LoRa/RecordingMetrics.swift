import Metrics
import Synchronization

/// Counters by label and dimensions, without the process-wide metrics system.
final class RecordingMetrics: MetricsFactory {
    private let counters = Mutex<[String: RecordingCounter]>([:])

    /// `label` or `label{key=value}`; zero for one that was never made.
    subscript(name: String) -> Int64 { counters.withLock { $0[name]?.value ?? 0 } }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let inner = dimensions.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
        let name = inner.isEmpty ? label : "\(label){\(inner)}"
        return counters.withLock { counters in
            let counter = counters[name] ?? RecordingCounter()
            counters[name] = counter
            return counter
        }
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        NOOPMetricsHandler.instance
    }

    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}

final class RecordingCounter: CounterHandler {
    private let count = Mutex<Int64>(0)
    var value: Int64 { count.withLock { $0 } }
    func increment(by amount: Int64) { count.withLock { $0 += amount } }
    func reset() { count.withLock { $0 = 0 } }
}
