import BluetoothLE

/// Messages that several tests need, made with the encoders under test.
enum Samples {
    static let hubbleUUID: UInt16 = 0xFCA6

    /// The advertisement of a Hubble device: list of services, then service data.
    static func hubbleData(_ serviceData: [UInt8]) -> AdvertisingData {
        AdvertisingData([
            .serviceUUIDs([hubbleUUID]), .serviceData(uuid: hubbleUUID, serviceData),
        ])
    }

    static func legacyReport(_ number: UInt8, rssi: Int8? = -60) -> LEAdvertisingReport {
        LEAdvertisingReport(
            eventType: .nonConnectable, addressType: .randomDevice,
            address: BluetoothAddress(rawValue: 0xC000_0000_0000 | UInt64(number)),
            data: hubbleData([0, number, 1, 2, 3, 4, 5, 6, 7, 8]), rssi: rssi)
    }

    static func extendedReport(
        _ number: UInt8, status: LEExtendedAdvertisingReport.DataStatus = .complete, sid: UInt8 = 0,
        data: [UInt8]? = nil
    ) -> LEExtendedAdvertisingReport {
        LEExtendedAdvertisingReport(
            eventType: .init(dataStatus: status), addressType: .randomDevice,
            address: BluetoothAddress(rawValue: 0xC000_0000_0000 | UInt64(number)),
            advertisingSID: sid, rssi: -60,
            data: data.map { AdvertisingData($0[...]) } ?? hubbleData([0, number, 1, 2]))
    }

    /// One valid event of every kind that is decoded, without the H4 indicator.
    static let events: [[UInt8]] = [
        LEAdvertisingReports.packet([legacyReport(1)]),
        LEAdvertisingReports.packet([legacyReport(1), legacyReport(2, rssi: nil), legacyReport(3)]),
        LEExtendedAdvertisingReports.packet([extendedReport(1)]),
        LEExtendedAdvertisingReports.packet([extendedReport(1), extendedReport(2, status: .moreToCome)]),
        HCICommandComplete(opcode: .reset, returnParameters: [0]).packet,
        HCICommandStatus(status: .success, opcode: .leSetScanEnable).packet,
        HCIHardwareError(hardwareCode: 0x42).packet,
        HCIAdapterChange(kind: .up, adapter: 0).packet,
    ].map { Array($0.h4Packet.dropFirst()) }
}

/// The reports that could be read, and the reasons why others could not.
func outcomes<Report>(
    of results: some Sequence<Result<Report, MalformedHCI>>
) -> (reports: [Report], malformed: [MalformedHCI]) {
    var outcomes: (reports: [Report], malformed: [MalformedHCI]) = ([], [])
    for result in results {
        switch result {
        case .success(let report): outcomes.reports.append(report)
        case .failure(let reason): outcomes.malformed.append(reason)
        }
    }
    return outcomes
}

/// The legacy reports of an event given without its H4 indicator.
func legacyReports(_ event: [UInt8]) throws -> LEAdvertisingReports {
    guard case .advertisingReports(let reports) = try HCIEvent(decoding: event[...]) else {
        throw UnexpectedEvent()
    }
    return reports
}

/// The extended reports of an event given without its H4 indicator.
func extendedReports(_ event: [UInt8]) throws -> LEExtendedAdvertisingReports {
    guard case .extendedAdvertisingReports(let reports) = try HCIEvent(decoding: event[...]) else {
        throw UnexpectedEvent()
    }
    return reports
}

struct UnexpectedEvent: Error {}
