package import CoreMetrics
import Synchronization

/// Keeps what the process counts, for `/metrics`: a `MetricsFactory` without a network.
///
/// At most `limit` series; handlers beyond it count nowhere, and that is counted.
package final class MetricsRegistry: MetricsFactory, Sendable {
    private static let limit = 2_000

    struct Series: Hashable {
        var name: String
        /// `key="value"` pairs, escaped, in order.
        var labels: String
    }

    enum Kind: String { case counter, gauge, summary }

    private struct State {
        var cells: [Series: MetricCell] = [:]
        var kinds: [String: Kind] = [:]
        var refused = 0
    }
    private let state = Mutex(State())
    private let spare = MetricCell()

    package init() {}

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, .counter)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions, .gauge)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool)
        -> any RecorderHandler
    {
        cell(label, dimensions, aggregate ? .summary : .gauge)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, .summary)
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func cell(_ name: String, _ dimensions: [(String, String)], _ kind: Kind) -> MetricCell {
        let labels = dimensions.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        let series = Series(name: name, labels: labels)
        return state.withLock { state in
            if let cell = state.cells[series] { return cell }
            guard state.cells.count < Self.limit else {
                state.refused += 1
                return spare
            }
            let cell = MetricCell(aggregates: kind == .summary)
            state.cells[series] = cell
            state.kinds[name] = kind
            return cell
        }
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }

    /// Everything in Prometheus' text format, version 0.0.4, by name.
    package func text() -> String {
        let (cells, kinds, refused) = state.withLock { ($0.cells, $0.kinds, $0.refused) }
        var lines: [String] = []
        var last = ""
        for (series, cell) in cells.sorted(by: { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }
        ) {
            let kind = kinds[series.name] ?? .gauge
            if series.name != last { lines.append("# TYPE \(series.name) \(kind.rawValue)") }
            last = series.name
            let labels = series.labels.isEmpty ? "" : "{\(series.labels)}"
            let (sum, count) = cell.values
            if kind == .summary {
                lines.append("\(series.name)_sum\(labels) \(sum)")
                lines.append("\(series.name)_count\(labels) \(count)")
            } else {
                lines.append("\(series.name)\(labels) \(Self.number(sum))")
            }
        }
        lines.append("# TYPE edge_metric_series_refused_total counter")
        lines.append("edge_metric_series_refused_total \(refused)")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}

/// One series: a sum, and how many values went into it.
final class MetricCell: CounterHandler, MeterHandler, RecorderHandler, TimerHandler, Sendable {
    private let whole = Atomic<Int64>(0)
    private let real = Mutex((sum: 0.0, count: 0))
    private let aggregates: Bool

    init(aggregates: Bool = false) { self.aggregates = aggregates }

    var values: (sum: Double, count: Int) {
        let real = real.withLock { $0 }
        return (real.sum + Double(whole.load(ordering: .relaxed)), real.count)
    }

    func increment(by amount: Int64) { whole.wrappingAdd(amount, ordering: .relaxed) }

    func reset() {
        whole.store(0, ordering: .relaxed)
        real.withLock { $0 = (0, 0) }
    }

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) { real.withLock { $0 = (value, 1) } }

    func increment(by amount: Double) { real.withLock { $0.sum += amount } }

    func decrement(by amount: Double) { real.withLock { $0.sum -= amount } }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        real.withLock { real in
            real = aggregates ? (real.sum + value, real.count + 1) : (value, 1)
        }
    }

    /// Timers come in nanoseconds and are kept in seconds.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }
}
