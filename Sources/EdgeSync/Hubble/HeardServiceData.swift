package import EdgeModel
import HubbleAdvertising

/// The service data that a packet was made of, made again of what is kept of it and of its device's key.
///
/// Sealing says the same whenever it is done, and a packet's identifier has the tag in it: what does not
/// come to the same identifier was sealed by another key, or opened under another device's name, and is
/// not what was heard.
package enum HeardServiceData {
    /// Nil where it cannot be told what was heard: the device has another key or identifier by now.
    package static func of(_ packet: SyncPacket, from device: Device) -> [UInt8]? {
        guard packet.platform == .ble else { return nil }
        switch packet.protection {
        case .unencrypted:
            guard let networkID = device.networkID else { return nil }
            return try? UnencryptedPacket(
                networkID: NetworkID(truncating: networkID), payload: packet.payload
            ).bytes
        case .decrypted:
            guard let key = device.key.flatMap({ DeviceKey($0.bytes) }), let counter = packet.counter,
                let number = packet.sequenceNumber.flatMap({ UInt16(exactly: $0) })
            else { return nil }
            let sealed = Sealing(
                packet: packet, device: device.id, key: key, counter: counter, number: number)
            return sealed.counterMode() ?? sealed.eax(preferring: device.rotation.periodExponent)
        }
    }

    private struct Sealing {
        let packet: SyncPacket
        let device: DeviceID
        let key: DeviceKey
        let counter: UInt32
        let number: UInt16

        func counterMode() -> [UInt8]? {
            let counter = TimeCounter(rawValue: counter)
            guard let number = SequenceNumber(rawValue: number),
                let made = try? CounterModePacket.seal(
                    packet.payload, sequenceNumber: number, key: key, at: counter),
                isHeard(CounterModePacket.version, counter, made.tag)
            else { return nil }
            return made.bytes
        }

        func eax(preferring known: Int?) -> [UInt8]? {
            guard key.fitsEAX else { return nil }
            let exponents = PeriodExponent.allCases.sorted { a, _ in Int(a.rawValue) == known }
            for exponent in exponents where counter <= UInt32.max >> exponent.rawValue {
                let start = exponent.counter(atPoolIndex: counter)
                guard
                    let made = try? EAXPacket.seal(
                        packet.payload, salt: number, key: key, at: start, exponent: exponent)
                else { continue }
                if isHeard(EAXPacket.version, start, made.tag) { return made.bytes }
            }
            return nil
        }

        /// A device that counts its uptime has the day of reception in its identifiers; that of a gateway
        /// without a clock was the first of 1970.
        private func isHeard(_ version: UInt8, _ counter: TimeCounter, _ tag: AuthenticationTag) -> Bool {
            [nil, packet.receivedAt.day, 0, 1].contains { day in
                packet.id
                    == PacketIdentity.hubble(
                        version: version, device: device, counter: counter.rawValue, sequenceNumber: number,
                        tag: tag.rawValue, day: day)
            }
        }
    }
}
