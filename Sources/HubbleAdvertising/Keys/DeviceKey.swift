/// The provisioned secret of a Hubble device: 32 bytes for AES-256-CTR, 16 bytes for AES-128-CTR or
/// AES-128-EAX, which the protocol version of a packet tells apart.
///
/// Does not print itself. Its bytes stand in place: a cipher's own form of it is made where it is used.
package struct DeviceKey: Sendable {
    package static let byteCounts: Set<Int> = [16, 32]
    private let bytes: AESKeyBytes

    /// Nil unless there are 16 or 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard let bytes = AESKeyBytes(bytes) else { return nil }
        self.bytes = bytes
    }

    var aes: AESKey { AESKey(bytes) }

    /// Whether this key can belong to a version 2 device.
    package var fitsEAX: Bool { bytes.size == .bits128 }
}

extension DeviceKey: Equatable {
    /// Takes the same time wherever the keys differ.
    package static func == (a: DeviceKey, b: DeviceKey) -> Bool { a.bytes == b.bytes }
}

extension DeviceKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "DeviceKey(\(bytes.size.byteCount) bytes)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
