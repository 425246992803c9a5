import EdgeModel
import EdgeStore
import Logging

/// What the central shares beside devices.
extension CentralConversation {
    /// What is in force; nothing, where another version of this program has fetched it: it may have passed
    /// over what this one knows.
    var settingsInForce: SyncPlanner.RegistryState {
        guard upstream.settings.format == SettingsKind.format else { return .init(epoch: "", revision: 0) }
        return .init(epoch: upstream.settings.epoch, revision: upstream.settings.revision)
    }

    /// Page by page, each in force before the next is asked for.
    mutating func fetchSettings() async throws {
        guard let central = planner.centralSettings else { return }
        let inForce = settingsInForce
        let isContinued = inForce.epoch == central.epoch && inForce.revision <= central.revision
        let page = try await client.settings(after: isContinued ? inForce.revision : 0, as: upstream)
        let isOfAnotherVersion = upstream.settings.format != SettingsKind.format
        let (organization, taken) = (upstream.organization, options.settingsTaken)
        let audit = AuditNote(
            .settingsTake, by: .gateway, at: store.clock.now().wall, in: organization,
            object: upstream.id.rawValue, detail: "\(page.items.count) changes of the central")
        let outcome = try await store.apply(page, epoch: central.epoch, of: upstream, audit: audit) {
            taken($0, organization)
        }
        if !outcome.unknownKinds.isEmpty {
            logger.notice(
                "the central shares what this version does not know",
                metadata: ["kinds": "\(outcome.unknownKinds.sorted().joined(separator: " "))"])
        }
        if outcome.changesRegistry { options.registryChanged() }
        upstream.settings = outcome.progress
        // Devices have come without what that version did not know.
        if isOfAnotherVersion { try await fetchDevicesAgain() }
        if page.isLast { planner.settingsAreCurrent() }
    }

    private mutating func fetchDevicesAgain() async throws {
        upstream.registryRevision = 0
        upstream.centralEpoch = ""
        try await ledger.note()
    }
}
