/// What a device broadcasts: a list of AD structures (Vol 3 Part C 11).
///
/// Iterating ends at the end of the data, at a zero length (early termination) or before a
/// structure that claims more bytes than there are; the structures before it are delivered.
package struct AdvertisingData: Sequence, Hashable, Sendable {
    package var bytes: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Encodes `structures` one after another.
    package init(_ structures: [ADStructure]) {
        var encoded: [UInt8] = []
        for structure in structures {
            encoded.append(UInt8(truncatingIfNeeded: structure.data.count + 1))
            encoded.append(structure.type.rawValue)
            encoded.append(contentsOf: structure.data)
        }
        bytes = encoded[...]
    }

    /// The service data for a 16-bit UUID without the UUID, from the first structure that has it.
    package func serviceData(uuid: UInt16) -> ArraySlice<UInt8>? {
        for structure in self where structure.type == .serviceData16 {
            let data = structure.data
            guard data.count >= 2 else { continue }
            let found = UInt16(data[data.startIndex]) | UInt16(data[data.startIndex + 1]) << 8
            if found == uuid { return data.dropFirst(2) }
        }
        return nil
    }

    package func makeIterator() -> Iterator { Iterator(bytes: bytes) }

    package struct Iterator: IteratorProtocol {
        fileprivate var bytes: ArraySlice<UInt8>

        package mutating func next() -> ADStructure? {
            guard let length = bytes.first, length > 0, bytes.count > Int(length) else { return nil }
            let start = bytes.startIndex
            let end = start + 1 + Int(length)
            defer { bytes = bytes[end...] }
            return ADStructure(type: ADType(rawValue: bytes[start + 1]), data: bytes[(start + 2)..<end])
        }
    }
}
