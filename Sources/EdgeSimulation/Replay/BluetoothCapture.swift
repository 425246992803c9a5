package import BluetoothLE

/// The advertising reports of a btsnoop capture, datalink 1002 or 2001, with their times.
///
/// Reports that cannot be read are left out and counted; other traffic is left out. A capture that was
/// cut off ends with its last whole record.
package struct BluetoothCapture: Sendable {
    /// From the first report on; those of one event are due together.
    package let reports: [Timed<LEExtendedAdvertisingReport>]
    package let malformedCount: Int
    /// The file ends inside a record.
    package let isCutOff: Bool

    /// The most reports that one capture may have.
    package static let reportLimit = 1_000_000

    package init(_ file: [UInt8]) throws(CaptureError) {
        var reports: [Timed<LEExtendedAdvertisingReport>] = []
        var malformedCount = 0
        var start: Int64?
        var isCutOff = false
        do throws(MalformedBtsnoop) {
            var reader = try BtsnoopReader(file[...])
            while let record = try Self.next(from: &reader, isCutOff: &isCutOff) {
                guard record.kind == .event else { continue }
                let results = Self.reports(in: record.bytes)
                let first = start ?? record.unixMicroseconds
                if !results.isEmpty { start = first }
                // A clock that was set back does not turn time around.
                let due = max(
                    .microseconds(record.unixMicroseconds &- first), reports.last?.due ?? .zero)
                for result in results {
                    switch result {
                    case .success(let report): reports.append(Timed(due: due, value: report))
                    case .failure: malformedCount += 1
                    }
                }
                if reports.count > Self.reportLimit { break }
            }
        } catch {
            throw .malformed(error)
        }
        guard reports.count <= Self.reportLimit else { throw .tooLong(limit: Self.reportLimit) }
        self.reports = reports
        self.malformedCount = malformedCount
        self.isCutOff = isCutOff
    }

    private static func next(
        from reader: inout BtsnoopReader, isCutOff: inout Bool
    ) throws(MalformedBtsnoop) -> BtsnoopRecord? {
        do throws(MalformedBtsnoop) {
            return try reader.next()
        } catch {
            guard error == .truncated else { throw error }
            isCutOff = true
            return nil
        }
    }

    private static func reports(
        in event: ArraySlice<UInt8>
    ) -> [Result<LEExtendedAdvertisingReport, MalformedHCI>] {
        do throws(MalformedHCI) {
            return switch try HCIEvent(decoding: event) {
            case .advertisingReports(let reports):
                reports.map { $0.map(LEExtendedAdvertisingReport.init(legacy:)) }
            case .extendedAdvertisingReports(let reports): Array(reports)
            default: []
            }
        } catch {
            return [.failure(error)]
        }
    }
}

/// Why a capture cannot be replayed.
package enum CaptureError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not a btsnoop file that this program reads.
    case malformed(MalformedBtsnoop)
    /// This line (from 1) is not a datagram of a capture.
    case malformedLine(Int)
    /// More datagrams or reports than are replayed.
    case tooLong(limit: Int)

    package var description: String {
        switch self {
        case .malformed(.unsupportedDatalink): "of btsnoop only the datalinks 1002 and 2001 are read"
        case .malformed(.unsupportedVersion): "of btsnoop only version 1 is read"
        case .malformed(let problem): "not a btsnoop capture that can be read: \(problem.rawValue)"
        case .malformedLine(let number): "line \(number) is not a datagram of a capture"
        case .tooLong(let limit): "it has more than \(limit) reports or datagrams"
        }
    }
}
