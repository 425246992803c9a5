import BluetoothLE
import EdgeModel
import EdgeTestSupport
import Testing

@testable import EdgeRadio

@Suite struct HCIScannerStateMachineTests {
    @Test func `over H4 the controller is reset and set up before it scans`() {
        var scanner = ScannerUnderTest()
        #expect(scanner.put(.started) == ["open"])
        #expect(scanner.put(.opened(.h4)) == ["send 0x0c03"])
        #expect(scanner.answer(.reset) == ["send 0x0c01"])
        #expect(scanner.answer(.setEventMask) == ["send 0x2001"])
        #expect(scanner.answer(.leSetEventMask) == ["send 0x2003"])
        #expect(scanner.answerFeatures(.extendedAdvertising) == ["send 0x2042 off"])
        #expect(scanner.answer(.leSetExtendedScanEnable) == ["send 0x2041"])
        #expect(scanner.answer(.leSetExtendedScanParameters) == ["send 0x2042 on"])
        #expect(scanner.answer(.leSetExtendedScanEnable) == [])
        #expect(scanner.machine.condition == .scanning)
        #expect(scanner.machine.scanKind == .extended)
    }

    @Test func `on the raw channel the set-up of the controller is left to the kernel`() {
        var scanner = ScannerUnderTest()
        scanner.put(.started)
        #expect(scanner.put(.opened(.raw)) == ["send 0x2003"])
    }

    @Test func `without the feature the scan is a legacy one`() {
        var scanner = ScannerUnderTest()
        scanner.put(.started)
        scanner.put(.opened(.raw))
        #expect(scanner.answerFeatures([]) == ["send 0x200c off"])
        #expect(scanner.answer(.leSetScanEnable) == ["send 0x200b"])
        #expect(scanner.answer(.leSetScanParameters) == ["send 0x200c on"])
        #expect(scanner.answer(.leSetScanEnable) == [])
        #expect(scanner.machine.scanKind == .legacy)
    }

    @Test func `a refusal to switch off a scan that is off is no failure`() {
        var scanner = ScannerUnderTest()
        scanner.put(.started)
        scanner.put(.opened(.raw))
        scanner.answerFeatures(.extendedAdvertising)
        #expect(scanner.answer(.leSetExtendedScanEnable, .commandDisallowed) == ["send 0x2041"])
    }

    @Test func `a controller that lies about extended scanning gets the legacy commands`() {
        var scanner = ScannerUnderTest()
        scanner.put(.started)
        scanner.put(.opened(.raw))
        scanner.answerFeatures(.extendedAdvertising)
        #expect(scanner.answer(.leSetExtendedScanEnable, .unknownCommand) == ["send 0x200c off"])
    }

    @Test func `a refused command ends the connection, and the next attempt comes after a pause`() {
        var scanner = ScannerUnderTest()
        scanner.put(.started)
        scanner.put(.opened(.raw))
        scanner.answerFeatures(.extendedAdvertising)
        scanner.answer(.leSetExtendedScanEnable)
        #expect(scanner.answer(.leSetExtendedScanParameters, .commandDisallowed) == ["close"])
        #expect(scanner.machine.condition == .refused(.leSetExtendedScanParameters, .commandDisallowed))
        #expect(scanner.untilDeadline == ["open"])
    }

    @Test func `a command without an answer ends the connection`() {
        var scanner = ScannerUnderTest()
        scanner.put(.started)
        scanner.put(.opened(.h4))
        #expect(scanner.untilDeadline == ["close"])
        #expect(scanner.machine.condition == .refused(.reset, nil))
        #expect(scanner.untilDeadline == ["open"])
    }

    @Test func `answers to commands of others are not taken for ours`() {
        var scanner = ScannerUnderTest()
        scanner.put(.started)
        scanner.put(.opened(.raw))
        #expect(scanner.answer(.leSetExtendedScanEnable) == [])
        #expect(scanner.answer(.reset) == [])
        #expect(scanner.machine.condition == .configuring)
    }

    @Test func `a hardware error is answered with a reset where we are the host`() {
        for link in [HCILink.user, .h4] {
            var scanner = ScannerUnderTest(scanningOver: link)
            #expect(scanner.put(.hardwareError) == ["send 0x0c03"])
            #expect(scanner.finishSetup() == ["rearmed hardware_error"])
        }
    }

    @Test func `a hardware error on the raw channel is left to the kernel for a moment`() {
        var scanner = ScannerUnderTest(scanningOver: .raw)
        #expect(scanner.put(.hardwareError) == ["close"])
        #expect(scanner.put(.adapterChanged(.down)) == [])
        #expect(scanner.put(.adapterChanged(.up)) == [])
        #expect(scanner.untilDeadline == ["open"])
        scanner.put(.opened(.raw))
        #expect(scanner.finishSetup() == ["rearmed hardware_error"])
    }

    @Test func `an adapter that went down is opened when it is up again`() {
        var scanner = ScannerUnderTest(scanningOver: .raw)
        #expect(scanner.put(.adapterChanged(.down)) == ["close"])
        scanner.put(.adapterChanged(.up))
        #expect(scanner.untilDeadline == ["open"])
        #expect(scanner.lastWait == scanner.machine.timings.afterUp)
        scanner.put(.opened(.raw))
        #expect(scanner.finishSetup() == ["rearmed adapter_returned"])
    }

    @Test func `on the user channel the echo of our own opening is no reason to close`() {
        var scanner = ScannerUnderTest(scanningOver: .user)
        #expect(scanner.put(.adapterChanged(.up)) == [])
        #expect(scanner.put(.adapterChanged(.down)) == [])
        #expect(scanner.machine.condition == .scanning)
    }

    @Test func `an unplugged adapter is awaited, and scanned when it is back`() {
        var scanner = ScannerUnderTest(scanningOver: .user)
        #expect(scanner.put(.adapterChanged(.unregistered)) == ["close"])
        #expect(scanner.machine.condition == .unreachable(.adapterMissing))
        scanner.put(.adapterChanged(.registered))
        #expect(scanner.untilDeadline == ["open"])
        scanner.put(.opened(.user))
        #expect(scanner.finishSetup() == ["rearmed adapter_returned"])
    }

    @Test func `a blocked adapter is tried until it is free`() {
        var scanner = ScannerUnderTest(scanningOver: .raw)
        scanner.put(.adapterChanged(.down))
        for _ in 0..<5 {
            #expect(scanner.untilDeadline == ["open"])
            scanner.put(.openFailed(.blockedByRfkill))
            #expect(scanner.machine.condition == .unreachable(.blockedByRfkill))
        }
        #expect(scanner.untilDeadline == ["open"])
        scanner.put(.opened(.user))
        #expect(scanner.finishSetup() == ["rearmed adapter_returned"])
    }

    @Test func `a kernel without Bluetooth is not asked again`() {
        var scanner = ScannerUnderTest()
        scanner.put(.started)
        scanner.put(.openFailed(.unsupportedByKernel))
        #expect(scanner.machine.deadline == nil)
    }

    @Test func `pauses between failing attempts grow to their limit and start again after a success`() {
        var scanner = ScannerUnderTest()
        scanner.put(.started)
        let refused = HCIOpenFailure.failed(SystemCallFailure("connect", code: 111))
        var waits: [Duration] = []
        for _ in 0..<12 {
            scanner.put(.openFailed(refused))
            #expect(scanner.untilDeadline == ["open"])
            waits.append(scanner.lastWait)
        }
        let timings = scanner.machine.timings
        #expect((timings.firstRetry / 2...timings.firstRetry).contains(waits[0]))
        #expect(waits.allSatisfy { $0 <= timings.longestRetry })
        #expect(waits.suffix(4).allSatisfy { $0 >= timings.longestRetry / 2 })
        scanner.put(.opened(.h4))
        scanner.finishSetup()
        #expect(scanner.put(.connectionLost) == ["close"])
        #expect(scanner.untilDeadline == ["open"])
        #expect(scanner.lastWait <= timings.firstRetry)
    }

    @Test func `silence sets the scan again without a reset`() {
        var scanner = ScannerUnderTest(scanningOver: .h4)
        #expect(scanner.untilDeadline == ["send 0x2042 off"])
        #expect(scanner.lastWait == scanner.machine.timings.silence)
        #expect(scanner.finishSetup() == ["rearmed silence"])
    }

    @Test func `every report puts silence off`() {
        var scanner = ScannerUnderTest(scanningOver: .h4)
        for _ in 0..<10 {
            scanner.advance(by: scanner.machine.timings.silence - .seconds(1))
            #expect(scanner.put(.deadlinePassed) == [])
            scanner.machine.heardReport(at: scanner.now)
        }
    }

    @Test func `a scan of others is left in force for a while`() {
        var scanner = ScannerUnderTest(scanningOver: .raw)
        #expect(scanner.put(.othersScan(enabled: false)) == [])
        #expect(scanner.put(.othersScan(enabled: true)) == [])
        #expect(scanner.machine.condition == .sharingOthersScan)
        #expect(scanner.untilDeadline == ["send 0x2042 off"])
        #expect(scanner.lastWait == scanner.machine.timings.othersScan)
        #expect(scanner.finishSetup() == ["rearmed others_scan"])
        #expect(scanner.machine.condition == .scanning)
    }

    @Test func `when others stop the scan it is set again at once`() {
        var scanner = ScannerUnderTest(scanningOver: .raw)
        scanner.put(.othersScan(enabled: true))
        scanner.put(.othersScan(enabled: false))
        #expect(scanner.untilDeadline == ["send 0x2042 off"])
        #expect(scanner.lastWait == scanner.machine.timings.afterOthersStop)
    }

    @Test func `a lost place in the stream is answered with a reset over the same connection`() {
        var scanner = ScannerUnderTest(scanningOver: .h4)
        #expect(scanner.put(.framingLost) == ["send 0x0c03"])
        #expect(scanner.finishSetup() == ["rearmed framing_lost"])
    }

    @Test func `whatever the order of inputs, nothing is sent without a connection`() {
        var generator = SeededGenerator(seed: 7)
        var scanner = ScannerUnderTest()
        scanner.put(.started)
        var isOpen = false
        for _ in 0..<100_000 {
            guard let input = ScannerUnderTest.inputs.randomElement(using: &generator) else { continue }
            // Opening is only ever reported by whoever was asked to open.
            if case .opened = input { isOpen = true }
            if case .openFailed = input, isOpen { continue }
            scanner.advance(by: .milliseconds(Int.random(in: 0...3_000, using: &generator)))
            for action in scanner.put(input) {
                if action == "close" { isOpen = false }
                if action.hasPrefix("send") { #expect(isOpen) }
                if action == "open" { #expect(!isOpen) }
            }
            #expect((scanner.machine.link != nil) == isOpen)
        }
    }
}
