package import EdgeModel
import EdgeStore

/// What a central shares with its gateways beside devices.
extension Central {
    /// What changed after `revision`, at most a page.
    package func settings(after revision: Int64, for gateway: EnrolledGateway) async throws -> SettingsPage {
        try await store.settingsPage(of: gateway.organization, after: max(0, revision))
    }
}
