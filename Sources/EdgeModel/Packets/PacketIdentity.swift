/// The identity of a packet, derived from what the radio said, so that one packet heard by several
/// gateways and uploaded in any order is one packet everywhere.
package enum PacketIdentity {
    private static let namespace = UniqueID(high: 0x2c04_31c7_58f2_5a7b, low: 0x9e0b_64d0_b3a8_4f12)

    /// LoRaWAN: the session (device and DevAddr), the full frame counter, the MIC.
    package static func lorawan(
        device: DeviceID, devAddr: UInt32, frameCounter: UInt32, mic: UInt32
    ) -> UniqueID {
        named(kind: 1, device.rawValue.utf8) {
            $0.append(bigEndian: devAddr)
            $0.append(bigEndian: frameCounter)
            $0.append(bigEndian: mic)
        }
    }

    /// Hubble versions 0 and 2: counter, sequence number (version 0) or nonce salt (version 2), tag.
    ///
    /// `day` is the UTC day of reception for a device that counts its uptime, because a reboot
    /// starts counter and sequence again; nil for one that counts days.
    package static func hubble(
        version: UInt8, device: DeviceID, counter: UInt32, sequenceNumber: UInt16, tag: UInt32, day: Int64?
    ) -> UniqueID {
        named(kind: 2, device.rawValue.utf8) {
            $0.append(version)
            $0.append(bigEndian: counter)
            $0.append(bigEndian: sequenceNumber)
            $0.append(bigEndian: tag)
            if let day { $0.append(bigEndian: day) }
        }
    }

    /// Hubble version 1: network identifier, payload, and the reception time in steps of the
    /// deduplication window, as the frame carries nothing better.
    package static func hubbleUnencrypted(
        networkID: UInt64, payload: [UInt8], windowNumber: Int64
    ) -> UniqueID {
        named(kind: 3, payload) {
            $0.append(bigEndian: networkID)
            $0.append(bigEndian: windowNumber)
        }
    }

    private static func named(
        kind: UInt8, _ variable: some Collection<UInt8>, fixed: (inout [UInt8]) -> Void
    ) -> UniqueID {
        var name: [UInt8] = []
        name.reserveCapacity(64)
        name.append(kind)
        fixed(&name)
        name.append(contentsOf: variable)
        return UniqueID.named(name, in: namespace)
    }
}

extension [UInt8] {
    /// Appends the bytes of `value`, most significant first.
    package mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
