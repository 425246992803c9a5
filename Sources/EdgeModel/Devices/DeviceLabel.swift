import Synchronization

/// What is served about a device beside its packets, also after it was deleted.
///
/// One object serves all packets of its device, so that the page that is written from it can keep the
/// text that they share.
package final class DeviceLabel: Sendable {
    package let id: DeviceID
    package let name: String
    /// Custom tags, by name.
    package let tags: [Tag]
    private let kept = Mutex<Rendering?>(nil)

    package struct Tag: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The label as text in the format in which it is served.
    package struct Rendering: Sendable {
        package var id: [UInt8]
        package var name: [UInt8]
        /// All custom tags, with what stands between them.
        package var tags: [UInt8]

        package init(id: [UInt8], name: [UInt8], tags: [UInt8]) {
            self.id = id
            self.name = name
            self.tags = tags
        }
    }

    package init(id: DeviceID, name: String, tags: [Tag]) {
        self.id = id
        self.name = name
        self.tags = tags
    }

    /// What `make` makes of this label, made once.
    package func rendering(_ make: (DeviceLabel) -> Rendering) -> Rendering {
        kept.withLock { kept in
            if let kept { return kept }
            let made = make(self)
            kept = made
            return made
        }
    }
}
