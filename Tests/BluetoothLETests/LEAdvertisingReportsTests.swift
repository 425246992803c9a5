import BluetoothLE
import EdgeTestSupport
import Testing

@Suite struct LEAdvertisingReportsTests {
    /// LE Meta, length, subevent, two reports.
    static let twoReports = bytes(
        hex: """
            3e 23 02 02
            03 01 010000 0000c0 06  0516a6fc 0011  c4
            00 00 665544 332211 03  020106  7f
            """)

    @Test func `an event with two reports gives both`() throws {
        var event = Self.twoReports
        event[1] = UInt8(event.count - 2)
        let (reports, malformed) = outcomes(of: try legacyReports(event))
        #expect(malformed.isEmpty)
        try #require(reports.count == 2)
        #expect(reports[0].eventType == .nonConnectable)
        #expect(reports[0].addressType == .randomDevice)
        #expect(reports[0].address.description == "C0:00:00:00:00:01")
        #expect(reports[0].rssi == -60)
        #expect(reports[0].data.serviceData(uuid: 0xFCA6).map(Array.init) == [0x00, 0x11])
        #expect(reports[1].address.description == "11:22:33:44:55:66")
        #expect(reports[1].rssi == nil)
        #expect(reports[1].data.serviceData(uuid: 0xFCA6) == nil)
    }

    @Test func `a truncated report does not lose the reports before it`() throws {
        let whole = LEAdvertisingReports.packet([Samples.legacyReport(1), Samples.legacyReport(2)])
        let firstEnd = LEAdvertisingReports.packet([Samples.legacyReport(1)]).parameters.count
        for count in firstEnd..<whole.parameters.count {
            let cut = HCIEventPacket(code: whole.code, parameters: whole.parameters.prefix(count))
            let (reports, malformed) = outcomes(of: try legacyReports(Array(cut.h4Packet.dropFirst())))
            #expect(reports == [Samples.legacyReport(1)])
            #expect(malformed == [.truncated])
        }
    }

    @Test func `a report longer than any PDU does not lose the reports around it`() throws {
        var parameters: [UInt8] = [0x02, 3]
        Samples.legacyReport(1).encode(into: &parameters)
        parameters += [3, 1, 2, 0, 0, 0, 0, 0xC0, 32] + [UInt8](repeating: 0, count: 32) + [0xC4]
        Samples.legacyReport(3).encode(into: &parameters)
        let event = HCIEventPacket(code: 0x3E, parameters: parameters[...])
        let (reports, malformed) = outcomes(of: try legacyReports(Array(event.h4Packet.dropFirst())))
        #expect(reports == [Samples.legacyReport(1), Samples.legacyReport(3)])
        #expect(malformed == [.dataTooLong])
    }

    @Test func `bytes after the last report are reported and nothing is lost`() throws {
        let whole = LEAdvertisingReports.packet([Samples.legacyReport(1)])
        let padded = HCIEventPacket(code: whole.code, parameters: whole.parameters + [0])
        let (reports, malformed) = outcomes(of: try legacyReports(Array(padded.h4Packet.dropFirst())))
        #expect(reports == [Samples.legacyReport(1)])
        #expect(malformed == [.trailingBytes])
    }

    @Test func `an impossible number of reports is refused`() {
        #expect(throws: MalformedHCI.noReports) { try legacyReports(bytes(hex: "3e 02 02 00")) }
        #expect(throws: MalformedHCI.tooManyReports) { try legacyReports(bytes(hex: "3e 02 02 1a")) }
    }

    @Test func `decoding what was encoded gives the same reports`() throws {
        let sent = (1...5).map { Samples.legacyReport($0, rssi: $0 == 3 ? nil : -Int8($0)) }
        let packet = LEAdvertisingReports.packet(sent)
        #expect(outcomes(of: try legacyReports(Array(packet.h4Packet.dropFirst()))).reports == sent)
    }

    @Test func `reports that do not fit into one event are left out whole`() throws {
        let packet = LEAdvertisingReports.packet((1...20).map { Samples.legacyReport($0) })
        #expect(packet.parameters.count <= 255)
        let (reports, malformed) = outcomes(of: try legacyReports(Array(packet.h4Packet.dropFirst())))
        #expect(malformed.isEmpty)
        #expect(reports == (1...UInt8(reports.count)).map { Samples.legacyReport($0) })
    }
}
