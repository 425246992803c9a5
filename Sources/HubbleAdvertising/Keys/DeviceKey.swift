/// The provisioned secret of a Hubble device: 32 bytes for AES-256-CTR, 16 bytes for AES-128-CTR or
/// AES-128-EAX, which the protocol version of a packet tells apart.
///
/// Does not print itself. Its memory is cleared when the last copy goes.
package struct DeviceKey: Sendable {
    package static let byteCounts: Set<Int> = [16, 32]
    let aes: AESKey

    /// Nil unless there are 16 or 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard let aes = AESKey(bytes) else { return nil }
        self.aes = aes
    }

    /// Whether this key can belong to a version 2 device.
    package var fitsEAX: Bool { aes.size == .bits128 }
}

extension DeviceKey: Equatable {
    /// Takes the same time wherever the keys differ.
    package static func == (a: DeviceKey, b: DeviceKey) -> Bool { a.aes == b.aes }
}

extension DeviceKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "DeviceKey(\(aes.size.byteCount) bytes)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
