import EdgeCore
import EdgeModel
import EdgeStore

/// `holdfast serve --demo`: a gateway in which every example of the API reference runs.
enum Demonstration {
    /// Throws `ConfigurationError` for a directory with data of its own.
    static func begin(_ core: EdgeCore, _ keep: @Sendable @escaping (EdgeCore.FirstKey) throws -> Void)
        async throws -> EdgeCore.FirstKey?
    {
        do {
            return try await core.beginDemonstration(keep: keep)
        } catch let error as EdgeError where error.code == .conflict {
            throw ConfigurationError("--demo: \(error.message)")
        }
    }

    /// Packets of 2024 are to stay.
    static func retention(_ configuration: Configuration) -> RetentionPolicy {
        var policy = configuration.retention
        policy.packetAge = .seconds(36_500 * 86_400)
        return policy
    }
}
