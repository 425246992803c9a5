package import EdgeModel
package import EdgeStore

/// Reading what was done, by whom.
package struct AuditLog: Sendable {
    private let store: Store

    package static let pageLimit = 1_000

    package init(store: Store) { self.store = store }

    /// Entries of the caller's organization, newest first, before `before`. Throws `forbidden` for
    /// a person who may not see the organization's people: entries name them.
    package func page(before: Int64?, limit: Int, by caller: Principal) async throws -> (
        entries: [AuditEntry], next: Int64?
    ) {
        if caller.key.account != nil { try caller.require(Permission(.users, .read)) }
        var entries = try await store.auditEntries(
            of: caller.organization, before: before, limit: limit + 1)
        guard entries.count > limit else { return (entries, nil) }
        entries.removeLast()
        return (entries, entries.last?.sequence)
    }
}
