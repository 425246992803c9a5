package import EdgeModel
package import EdgeStore

/// Reading what was received.
package struct Packets: Sendable {
    private let store: Store

    package static let pageLimit = 1_000

    package init(store: Store) { self.store = store }

    package func page(_ query: PacketQuery) async throws -> PacketPage { try await store.packets(query) }

    /// Frames that no registered key opens. They belong to no organization: what is on the air is anybody's.
    package func unopened(_ query: UnopenedFrameQuery) async throws -> [UnopenedFrame] {
        try await store.unopenedFrames(query)
    }

    /// The sequence number of the newest packet: where a list that begins now ends.
    package var newest: Int64 { store.lastSequence }
}
