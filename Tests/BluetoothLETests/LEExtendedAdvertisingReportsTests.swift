import BluetoothLE
import EdgeTestSupport
import Testing

@Suite struct LEExtendedAdvertisingReportsTests {
    @Test func `the fields of a report are at the places of the specification`() throws {
        // Legacy ADV_NONCONN_IND with its data complete; random address; primary PHY, secondary PHY,
        // SID; power unknown, RSSI, interval; direct address; data.
        let event = bytes(
            hex: """
                3e 1f 0d 01
                1000
                01 010000 0000c0
                01 00 ff
                7f c4 0000
                00 000000 000000
                05 0416a6fc 07
                """)
        let (reports, malformed) = outcomes(of: try extendedReports(event))
        #expect(malformed.isEmpty)
        try #require(reports.count == 1)
        #expect(reports[0].eventType.isLegacy)
        #expect(reports[0].eventType.dataStatus == .complete)
        #expect(reports[0].address.description == "C0:00:00:00:00:01")
        #expect(reports[0].primaryPHY == 1)
        #expect(reports[0].advertisingSID == 0xFF)
        #expect(reports[0].transmitPower == nil)
        #expect(reports[0].rssi == -60)
        #expect(reports[0].data.serviceData(uuid: 0xFCA6).map(Array.init) == [7])
    }

    @Test func `an event with two reports gives both`() throws {
        let sent = [Samples.extendedReport(1), Samples.extendedReport(2, sid: 3)]
        let packet = LEExtendedAdvertisingReports.packet(sent)
        #expect(outcomes(of: try extendedReports(Array(packet.h4Packet.dropFirst()))).reports == sent)
    }

    @Test func `a truncated report does not lose the reports before it`() throws {
        let whole = LEExtendedAdvertisingReports.packet([
            Samples.extendedReport(1), Samples.extendedReport(2),
        ])
        let firstEnd = LEExtendedAdvertisingReports.packet([Samples.extendedReport(1)]).parameters.count
        for count in firstEnd..<whole.parameters.count {
            let cut = HCIEventPacket(code: whole.code, parameters: whole.parameters.prefix(count))
            let (reports, malformed) = outcomes(of: try extendedReports(Array(cut.h4Packet.dropFirst())))
            #expect(reports == [Samples.extendedReport(1)])
            #expect(malformed == [.truncated])
        }
    }

    @Test func `a reserved data status costs that report only`() throws {
        var reserved = Samples.extendedReport(1)
        reserved.eventType = .init(rawValue: 0x60)
        let packet = LEExtendedAdvertisingReports.packet([reserved, Samples.extendedReport(2)])
        let (reports, malformed) = outcomes(of: try extendedReports(Array(packet.h4Packet.dropFirst())))
        #expect(reports == [Samples.extendedReport(2)])
        #expect(malformed == [.reservedValue])
    }

    @Test func `an impossible number of reports is refused`() {
        #expect(throws: MalformedHCI.noReports) { try extendedReports(bytes(hex: "3e 02 0d 00")) }
        #expect(throws: MalformedHCI.tooManyReports) { try extendedReports(bytes(hex: "3e 02 0d 0b")) }
    }

    @Test func `a fragment of 229 bytes fits into one event`() throws {
        let report = Samples.extendedReport(1, data: [UInt8](repeating: 7, count: 229))
        let packet = LEExtendedAdvertisingReports.packet([report])
        #expect(packet.parameters.count == 255)
        #expect(outcomes(of: try extendedReports(Array(packet.h4Packet.dropFirst()))).reports == [report])
    }
}
