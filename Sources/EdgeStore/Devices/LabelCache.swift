import EdgeModel
import FoundationEssentials
import GRDB
import Synchronization

/// Device labels by row, so that a page of packets does not read its devices again and again.
/// Forgotten as a whole when the registry changes, or when it grows over its limit.
final class LabelCache: Sendable {
    private static let limit = 20_000

    private struct State {
        var revision: Int64 = -1
        var labels: [Int64: DeviceLabel] = [:]
    }
    private let state = Mutex(State())

    /// The labels that are known at `revision`.
    func known(at revision: Int64) -> [Int64: DeviceLabel] {
        state.withLock { state in
            if state.revision != revision || state.labels.count > Self.limit {
                state = State(revision: revision)
            }
            return state.labels
        }
    }

    /// Reads a label that is not known, and keeps it.
    func fetch(_ row: Int64, revision: Int64, in database: Database) throws -> DeviceLabel {
        let label = try Self.fetch(row, database)
        state.withLock { if $0.revision == revision { $0.labels[row] = label } }
        return label
    }

    private static func fetch(_ row: Int64, _ database: Database) throws -> DeviceLabel {
        guard
            let found = try Row.fetchOne(
                database, sql: "SELECT id, name, tags FROM device WHERE key = ?", arguments: [row])
        else { return DeviceLabel(id: DeviceID("unknown"), name: "", tags: []) }
        let text: String = found["tags"]
        let tags = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        return DeviceLabel(
            id: DeviceID(found["id"]), name: found["name"],
            tags: tags.sorted { $0.key < $1.key }.map { DeviceLabel.Tag(name: $0.key, value: $0.value) })
    }
}
