import BluetoothLE
import EdgeTestSupport
import Testing

@Suite struct HCICommandTests {
    static let encodings: [(command: any HCICommand, packet: String)] = [
        (HCIReset(), "01 030c 00"),
        (HCISetEventMask.scanning, "01 010c 08 90 88 00 02 00 80 00 20"),
        (HCILESetEventMask.scanning, "01 0120 08 1f 10 00 00 00 00 00 00"),
        (HCILEReadLocalSupportedFeatures(), "01 0320 00"),
        // passive, interval, window, public address, accept all
        (HCILESetScanParameters(timing: .continuous), "01 0b20 07 00 6000 6000 00 00"),
        (HCILESetScanEnable(enable: true), "01 0c20 02 01 00"),
        // public address, accept all, 1M PHY, passive, interval, window
        (HCILESetExtendedScanParameters(timing: .continuous), "01 4120 08 00 00 01 00 6000 6000"),
        // enable, no duplicate filter, duration, period
        (HCILESetExtendedScanEnable(enable: true), "01 4220 06 01 00 0000 0000"),
    ]

    @Test(arguments: encodings.indices)
    func `a command has the bytes of the specification`(index: Int) {
        let (command, packet) = Self.encodings[index]
        #expect(command.h4Packet == bytes(hex: packet))
    }

    @Test func `a command of another program is read back`() throws {
        let packet = try HCICommandPacket(decoding: bytes(hex: "4220 06 01 01 0000 0000")[...])
        #expect(packet.opcode == .leSetExtendedScanEnable)
        let command = try HCILESetExtendedScanEnable(decoding: packet.parameters)
        #expect(command.enable)
        #expect(command.filterDuplicates)
    }

    @Test func `a command whose length does not fit is refused`() {
        #expect(throws: MalformedHCI.lengthMismatch) {
            try HCICommandPacket(decoding: bytes(hex: "0c20 02 01")[...])
        }
    }

    @Test func `a scan window longer than its interval is refused`() {
        #expect(LEScanTiming(interval: 0x0010, window: 0x0011) == nil)
        #expect(LEScanTiming(interval: 0x0003, window: 0x0003) == nil)
        #expect(LEScanTiming(interval: 0x4000, window: 0x4000) != nil)
    }

    @Test func `bit 12 of the features is extended advertising`() throws {
        let features = bytes(hex: "00 10 00 00 00 00 00 00")
        #expect(try LEFeatures(decoding: features[...]) == .extendedAdvertising)
        #expect(LEFeatures.extendedAdvertising.encoded == features)
    }
}
