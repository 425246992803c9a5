import BluetoothLE
import EdgeSimulation
import Testing

@Suite struct VirtualControllerStateTests {
    /// What the controller answers: the opcode and the status, whichever event carries it.
    func status(_ state: inout VirtualControllerState, _ command: some HCICommand) throws -> UInt8? {
        try status(
            &state,
            HCICommandPacket(opcode: type(of: command).opcode, parameters: command.parameters[...]))
    }

    func status(_ state: inout VirtualControllerState, _ command: HCICommandPacket) throws -> UInt8? {
        switch try HCIEvent(decoding: state.answer(command).h4Packet.dropFirst()) {
        case .commandComplete(let event):
            #expect(event.opcode == command.opcode)
            return event.status?.rawValue
        case .commandStatus(let event):
            #expect(event.opcode == command.opcode)
            return event.status.rawValue
        default: return nil
        }
    }

    func scanning(_ mode: VirtualControllerState.ScanMode) throws -> VirtualControllerState {
        var state = VirtualControllerState()
        #expect(try status(&state, HCISetEventMask.scanning) == 0)
        #expect(try status(&state, HCILESetEventMask.scanning) == 0)
        switch mode {
        case .legacy:
            #expect(try status(&state, HCILESetScanParameters(timing: .continuous)) == 0)
            #expect(try status(&state, HCILESetScanEnable(enable: true)) == 0)
        case .extended:
            #expect(try status(&state, HCILESetExtendedScanParameters(timing: .continuous)) == 0)
            #expect(try status(&state, HCILESetExtendedScanEnable(enable: true)) == 0)
        }
        return state
    }

    @Test(arguments: [VirtualControllerState.ScanMode.legacy, .extended])
    func `a host that sets up a scan gets reports of that kind`(
        mode: VirtualControllerState.ScanMode
    ) throws {
        #expect(try scanning(mode).reportMode == mode)
    }

    @Test func `parameters are refused while scanning`() throws {
        var legacy = try scanning(.legacy)
        #expect(try status(&legacy, HCILESetScanParameters(timing: .continuous)) == 0x0C)
        var extended = try scanning(.extended)
        #expect(try status(&extended, HCILESetExtendedScanParameters(timing: .continuous)) == 0x0C)
        #expect(try status(&extended, HCILESetExtendedScanEnable(enable: false)) == 0)
        #expect(try status(&extended, HCILESetExtendedScanParameters(timing: .continuous)) == 0)
    }

    @Test func `legacy and extended commands do not mix until a reset`() throws {
        var state = try scanning(.legacy)
        #expect(try status(&state, HCILESetExtendedScanEnable(enable: true)) == 0x0C)
        #expect(state.reportMode == .legacy)
        #expect(try status(&state, HCIReset()) == 0)
        #expect(state.reportMode == nil)
        #expect(try status(&state, HCILESetExtendedScanParameters(timing: .continuous)) == 0)
        #expect(try status(&state, HCILESetScanParameters(timing: .continuous)) == 0x0C)
    }

    @Test func `a controller without extended advertising does not know its commands`() throws {
        var traits = VirtualControllerState.Traits()
        traits.supportsExtendedAdvertising = false
        var state = VirtualControllerState(traits)
        #expect(try status(&state, HCILESetExtendedScanParameters(timing: .continuous)) == 0x01)
        #expect(try status(&state, HCILESetScanParameters(timing: .continuous)) == 0)
    }

    @Test func `without the event masks no report is sent`() throws {
        var state = VirtualControllerState()
        #expect(try status(&state, HCILESetExtendedScanParameters(timing: .continuous)) == 0)
        #expect(try status(&state, HCILESetExtendedScanEnable(enable: true)) == 0)
        #expect(state.reportMode == nil)
        #expect(try status(&state, HCISetEventMask.scanning) == 0)
        #expect(state.reportMode == nil)
        #expect(try status(&state, HCILESetEventMask.scanning) == 0)
        #expect(state.reportMode == .extended)
    }

    @Test func `features and address are told`() throws {
        var state = VirtualControllerState()
        let features = state.answer(HCICommandPacket(opcode: .leReadLocalSupportedFeatures, parameters: []))
        guard case .commandComplete(let event) = try HCIEvent(decoding: features.h4Packet.dropFirst()) else {
            Issue.record("no Command Complete")
            return
        }
        #expect(try LEFeatures(decoding: event.returnParameters.dropFirst()).contains(.extendedAdvertising))
        for opcode in [0x1001, 0x1002, 0x1003, 0x1005, 0x1009, 0x2002] as [UInt16] {
            let command = HCICommandPacket(opcode: HCIOpcode(rawValue: opcode), parameters: [])
            #expect(try status(&state, command) == 0)
        }
    }

    @Test func `every command with any parameters has an answer`() throws {
        var generator = SystemRandomNumberGenerator()
        for group in [0x0400, 0x0C00, 0x1000, 0x2000] as [UInt16] {
            for command in UInt16(0)..<0x80 {
                for count in [0, 1, 2, 3, 6, 7, 8, 13, 255] {
                    let parameters = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                    var state = VirtualControllerState()
                    let packet = HCICommandPacket(
                        opcode: HCIOpcode(rawValue: group | command), parameters: parameters[...])
                    #expect(try status(&state, packet) != nil)
                }
            }
        }
    }
}
