/// One length-type-value element of an advertisement (Vol 3 Part C 11).
package struct ADStructure: Hashable, Sendable {
    package var type: ADType  // AD Type
    package var data: ArraySlice<UInt8>  // AD Data

    /// At most 254 bytes of `data` are kept: length is one byte and counts the type.
    package init(type: ADType, data: ArraySlice<UInt8>) {
        self.type = type
        self.data = data.prefix(254)
    }

    /// Flags (Supplement Part A 1.3).
    package static func flags(_ flags: UInt8) -> ADStructure {
        ADStructure(type: .flags, data: [flags])
    }

    /// A complete list of 16-bit service UUIDs (Supplement Part A 1.1), little endian on the wire.
    package static func serviceUUIDs(_ uuids: [UInt16]) -> ADStructure {
        var data: [UInt8] = []
        for uuid in uuids { data.appendLittleEndian(uuid) }
        return ADStructure(type: .completeServiceUUIDs16, data: data[...])
    }

    /// Service data for a 16-bit UUID (Supplement Part A 1.11), the UUID little endian in front.
    package static func serviceData(uuid: UInt16, _ serviceData: some Sequence<UInt8>) -> ADStructure {
        var data: [UInt8] = []
        data.appendLittleEndian(uuid)
        data.append(contentsOf: serviceData)
        return ADStructure(type: .serviceData16, data: data[...])
    }
}

/// The type of an AD structure (Assigned Numbers 2.3).
package struct ADType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let flags = ADType(rawValue: 0x01)
    package static let completeServiceUUIDs16 = ADType(rawValue: 0x03)
    package static let serviceData16 = ADType(rawValue: 0x16)
}
