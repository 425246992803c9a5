import BluetoothLE

/// Puts reports into as few events as `reportsPerEvent` and the length of an event allow.
struct ReportEncoder: Sendable {
    /// At least one.
    let reportsPerEvent: Int

    /// Bytes of an event's parameters, behind the subevent code and the number of reports.
    private static let capacity = 253

    /// H4 packets. A legacy controller does not hear what is no legacy advertisement.
    func packets(_ reports: [LEExtendedAdvertisingReport], mode: VirtualControllerState.ScanMode) -> [UInt8] {
        switch mode {
        case .legacy:
            let legacy = reports.compactMap(LEAdvertisingReport.init(legacy:))
            return events(legacy, fixedByteCount: 10, data: \.data) { LEAdvertisingReports.packet($0) }
        case .extended:
            return events(reports, fixedByteCount: 24, data: \.data) {
                LEExtendedAdvertisingReports.packet($0)
            }
        }
    }

    private func events<Report>(
        _ reports: [Report], fixedByteCount: Int, data: (Report) -> AdvertisingData,
        encode: ([Report]) -> HCIEventPacket
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        var group: [Report] = []
        var room = Self.capacity
        for report in reports {
            let byteCount = fixedByteCount + data(report).bytes.count
            if group.count == max(1, reportsPerEvent) || !group.isEmpty && byteCount > room {
                bytes += encode(group).h4Packet
                group = []
                room = Self.capacity
            }
            group.append(report)
            room -= byteCount
        }
        return group.isEmpty ? bytes : bytes + encode(group).h4Packet
    }
}

extension LEAdvertisingReport {
    /// The report of a controller that knows legacy advertising only (Vol 4 Part E 7.7.65.13 lists
    /// which event types are the same). Nil for an extended advertisement.
    init?(legacy report: LEExtendedAdvertisingReport) {
        let eventType: EventType
        switch report.eventType.rawValue & 0x1F {
        case 0x13: eventType = .connectableUndirected
        case 0x15: eventType = .connectableDirected
        case 0x12: eventType = .scannableUndirected
        case 0x10: eventType = .nonConnectable
        case 0x1A, 0x1B: eventType = .scanResponse
        default: return nil
        }
        self.init(
            eventType: eventType, addressType: report.addressType, address: report.address,
            data: report.data, rssi: report.rssi)
    }
}

extension LEExtendedAdvertisingReport {
    /// The same advertisement as an extended controller reports it.
    init(legacy report: LEAdvertisingReport) {
        let eventType: UInt16 =
            switch report.eventType {
            case .connectableUndirected: 0x13
            case .connectableDirected: 0x15
            case .scannableUndirected: 0x12
            case .nonConnectable: 0x10
            case .scanResponse: 0x1A
            }
        self.init(
            eventType: EventType(rawValue: eventType), addressType: report.addressType,
            address: report.address, rssi: report.rssi, data: report.data)
    }
}
