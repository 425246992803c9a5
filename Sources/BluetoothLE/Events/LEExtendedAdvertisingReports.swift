/// The reports of one HCI_LE_Extended_Advertising_Report event, in order.
///
/// They are interleaved structures, one whole report after another. A report that cannot be read is
/// an element of its own, so that the reports before it, and after it where its end is known, are
/// not lost. Iterating never allocates.
package struct LEExtendedAdvertisingReports: Sequence, Sendable {
    package typealias Element = Result<LEExtendedAdvertisingReport, MalformedHCI>

    package let count: Int  // Num_Reports
    private let bytes: ArraySlice<UInt8>

    /// As many as fit into an event (0x0A).
    package static let maximumCount = 10

    /// Reads the parameters after the subevent code. Throws on an impossible number of reports.
    init(decoding parameters: ArraySlice<UInt8>) throws(MalformedHCI) {
        guard let count = parameters.first else { throw .truncated }
        guard count > 0 else { throw .noReports }
        guard count <= Self.maximumCount else { throw .tooManyReports }
        self.count = Int(count)
        bytes = parameters.dropFirst()
    }

    /// The event that carries `reports`; those that do not fit into one event are left out.
    package static func packet(_ reports: some Sequence<LEExtendedAdvertisingReport>) -> HCIEventPacket {
        var parameters: [UInt8] = [HCIEventCode.leExtendedAdvertisingReport, 0]
        for report in reports.prefix(maximumCount) {
            let end = parameters.count
            report.encode(into: &parameters)
            guard parameters.count <= 255 else {
                parameters.removeSubrange(end...)
                break
            }
            parameters[1] += 1
        }
        return HCIEventPacket(code: HCIEventCode.leMeta, parameters: parameters[...])
    }

    package func makeIterator() -> Iterator { Iterator(reportsLeft: count, bytes: bytes) }

    package struct Iterator: IteratorProtocol {
        fileprivate var reportsLeft: Int
        fileprivate var bytes: ArraySlice<UInt8>

        package mutating func next() -> Element? {
            guard reportsLeft > 0 else { return trailingBytes() }
            guard bytes.count >= LEExtendedAdvertisingReport.fixedByteCount else {
                return end(.truncated)
            }
            let dataStart = bytes.startIndex + LEExtendedAdvertisingReport.fixedByteCount
            let dataEnd = dataStart + Int(bytes[dataStart - 1])
            guard dataEnd <= bytes.endIndex else { return end(.truncated) }
            let report = Self.report(bytes[..<dataEnd])
            bytes = bytes[dataEnd...]
            reportsLeft -= 1
            return report
        }

        /// One whole report; the lengths have been checked.
        private static func report(_ bytes: ArraySlice<UInt8>) -> Element {
            let start = bytes.startIndex
            let eventType = LEExtendedAdvertisingReport.EventType(
                rawValue: UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8)
            guard eventType.dataStatus != nil else { return .failure(.reservedValue) }
            return .success(
                LEExtendedAdvertisingReport(
                    eventType: eventType,
                    addressType: BluetoothAddressType(rawValue: bytes[start + 2]),
                    address: BluetoothAddress(littleEndian: bytes, at: start + 3),
                    primaryPHY: bytes[start + 9],
                    secondaryPHY: bytes[start + 10],
                    advertisingSID: bytes[start + 11],
                    transmitPower: decibels(bytes[start + 12]),
                    rssi: decibels(bytes[start + 13]),
                    periodicInterval: UInt16(bytes[start + 14]) | UInt16(bytes[start + 15]) << 8,
                    directAddressType: BluetoothAddressType(rawValue: bytes[start + 16]),
                    directAddress: BluetoothAddress(littleEndian: bytes, at: start + 17),
                    data: AdvertisingData(bytes[(start + LEExtendedAdvertisingReport.fixedByteCount)...])))
        }

        private mutating func trailingBytes() -> Element? {
            bytes.isEmpty ? nil : end(.trailingBytes)
        }

        /// Nothing after this point can be found.
        private mutating func end(_ reason: MalformedHCI) -> Element {
            reportsLeft = 0
            bytes = []
            return .failure(reason)
        }
    }
}
