/// What became of an adapter, as Linux announces it on sockets bound to no adapter:
/// `evt_stack_internal` with `EVT_SI_DEVICE` of <bluetooth/hci.h>, little endian.
package struct HCIAdapterChange: Hashable, Sendable {
    package var kind: Kind  // event
    /// The number in the adapter's name: 0 is hci0.
    package var adapter: UInt16  // dev_id

    package enum Kind: UInt16, Hashable, Sendable, CaseIterable {
        case registered = 1
        case unregistered = 2
        case up = 3
        case down = 4
        case suspended = 5
        case resumed = 6
    }

    package init(kind: Kind, adapter: UInt16) {
        self.kind = kind
        self.adapter = adapter
    }

    /// Nil for stack events about something else, or of a kind unknown here.
    init?(decoding parameters: ArraySlice<UInt8>) throws(MalformedHCI) {
        var reader = LittleEndianReader(parameters)
        guard try reader.readUInt16() == Self.deviceEvent else { return nil }
        let event = try reader.readUInt16()
        adapter = try reader.readUInt16()
        guard let kind = Kind(rawValue: event) else { return nil }
        self.kind = kind
    }

    package var packet: HCIEventPacket {
        var parameters: [UInt8] = []
        parameters.appendLittleEndian(Self.deviceEvent)
        parameters.appendLittleEndian(kind.rawValue)
        parameters.appendLittleEndian(adapter)
        return HCIEventPacket(code: HCIEventCode.stackInternal, parameters: parameters[...])
    }

    private static let deviceEvent: UInt16 = 0x0001  // EVT_SI_DEVICE
}
