/// The reports of one HCI_LE_Advertising_Report event, in order.
///
/// They are interleaved structures, one whole report after another. A report that cannot be read is
/// an element of its own, so that the reports before it, and after it where its end is known, are
/// not lost. Iterating never allocates.
package struct LEAdvertisingReports: Sequence, Sendable {
    package typealias Element = Result<LEAdvertisingReport, MalformedHCI>

    package let count: Int  // Num_Reports
    private let bytes: ArraySlice<UInt8>

    /// As many as fit into an event (0x19).
    package static let maximumCount = 25

    /// Reads the parameters after the subevent code. Throws on an impossible number of reports.
    init(decoding parameters: ArraySlice<UInt8>) throws(MalformedHCI) {
        guard let count = parameters.first else { throw .truncated }
        guard count > 0 else { throw .noReports }
        guard count <= Self.maximumCount else { throw .tooManyReports }
        self.count = Int(count)
        bytes = parameters.dropFirst()
    }

    /// The event that carries `reports`; those that do not fit into one event are left out.
    package static func packet(_ reports: some Sequence<LEAdvertisingReport>) -> HCIEventPacket {
        var parameters: [UInt8] = [HCIEventCode.leAdvertisingReport, 0]
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
            guard bytes.count >= LEAdvertisingReport.fixedByteCount else { return end(.truncated) }
            let start = bytes.startIndex
            let dataStart = start + LEAdvertisingReport.fixedByteCount - 1
            let dataEnd = dataStart + Int(bytes[start + 8])
            guard dataEnd < bytes.endIndex else { return end(.truncated) }
            defer {
                bytes = bytes[(dataEnd + 1)...]
                reportsLeft -= 1
            }
            guard dataEnd - dataStart <= LEAdvertisingReport.maximumDataByteCount else {
                return .failure(.dataTooLong)
            }
            guard let eventType = LEAdvertisingReport.EventType(rawValue: bytes[start]) else {
                return .failure(.reservedValue)
            }
            return .success(
                LEAdvertisingReport(
                    eventType: eventType,
                    addressType: BluetoothAddressType(rawValue: bytes[start + 1]),
                    address: BluetoothAddress(littleEndian: bytes, at: start + 2),
                    data: AdvertisingData(bytes[dataStart..<dataEnd]),
                    rssi: decibels(bytes[dataEnd])))
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
