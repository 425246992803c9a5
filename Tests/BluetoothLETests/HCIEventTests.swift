import BluetoothLE
import EdgeTestSupport
import Testing

@Suite struct HCIEventTests {
    @Test func `command complete gives opcode, status and return parameters`() throws {
        // code, length, credits, opcode 0x2003, status, features
        let event = bytes(hex: "0e 0c 01 0320 00 ff 10 00 00 00 00 00 00")
        guard case .commandComplete(let complete) = try HCIEvent(decoding: event[...]) else {
            throw UnexpectedEvent()
        }
        #expect(complete.opcode == .leReadLocalSupportedFeatures)
        #expect(complete.status == .success)
        let features = try LEFeatures(decoding: complete.returnParameters.dropFirst())
        #expect(features.contains(.extendedAdvertising))
    }

    @Test func `command status gives opcode and status`() throws {
        // code, length, status, credits, opcode 0x200C
        guard case .commandStatus(let status) = try HCIEvent(decoding: bytes(hex: "0f 04 0c 01 0c20")[...])
        else { throw UnexpectedEvent() }
        #expect(status.opcode == .leSetScanEnable)
        #expect(status.status == .commandDisallowed)
    }

    @Test func `a hardware error gives its code`() throws {
        guard case .hardwareError(let error) = try HCIEvent(decoding: bytes(hex: "10 01 42")[...]) else {
            throw UnexpectedEvent()
        }
        #expect(error.hardwareCode == 0x42)
    }

    @Test(arguments: HCIAdapterChange.Kind.allCases)
    func `the kernel's adapter events are read`(kind: HCIAdapterChange.Kind) throws {
        // code, length, EVT_SI_DEVICE, event, adapter 258
        let event = bytes(hex: "fd 06 0100 \(hex([UInt8(kind.rawValue), 0])) 0201")
        guard case .adapterChange(let change) = try HCIEvent(decoding: event[...]) else {
            throw UnexpectedEvent()
        }
        #expect(change == HCIAdapterChange(kind: kind, adapter: 258))
    }

    @Test func `an event of no interest is told apart from a malformed one`() throws {
        guard case .other(let code) = try HCIEvent(decoding: bytes(hex: "13 01 00")[...]) else {
            throw UnexpectedEvent()
        }
        #expect(code == 0x13)
    }

    @Test(arguments: Samples.events)
    func `every truncation of an event is refused`(event: [UInt8]) {
        for count in 0..<event.count {
            #expect(throws: MalformedHCI.self) { try HCIEvent(decoding: event.prefix(count)) }
        }
    }

    @Test(arguments: Samples.events)
    func `an event is read at any place in a larger buffer`(event: [UInt8]) throws {
        let padded = [0xFF, 0xFF, 0xFF] + event + [0xFF]
        _ = try HCIEvent(decoding: padded[3..<(3 + event.count)])
    }
}
