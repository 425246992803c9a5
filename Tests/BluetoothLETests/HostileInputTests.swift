import BluetoothLE
import EdgeTestSupport
import Testing

/// Whatever comes in, every decoder returns or throws. A trap would end the test process.
@Suite struct HostileInputTests {
    /// Drives every decoder over `input`, and checks what must hold for any bytes.
    private func decode(_ input: [UInt8], into reassembler: inout ExtendedAdvertisingReassembler) {
        if let event = try? HCIEvent(decoding: input[...]) { visit(event, into: &reassembler) }
        if let command = try? HCICommandPacket(decoding: input[...]) {
            _ = try? HCILESetScanEnable(decoding: command.parameters)
            _ = try? HCILESetExtendedScanEnable(decoding: command.parameters)
        }
        _ = try? LEFeatures(decoding: input[...])
        let data = AdvertisingData(input[...])
        #expect(data.reduce(0) { $0 + $1.data.count } <= input.count)
        _ = data.serviceData(uuid: Samples.hubbleUUID)
        var deframer = H4Deframer()
        deframer.append(input[...])
        while let packet = try? deframer.next() { #expect(packet.bytes.count < input.count) }
        if var reader = try? BtsnoopReader(input[...]) { while (try? reader.next()) != nil {} }
    }

    private func visit(_ event: HCIEvent, into reassembler: inout ExtendedAdvertisingReassembler) {
        switch event {
        case .advertisingReports(let reports):
            let (readable, malformed) = outcomes(of: reports)
            #expect(readable.count + malformed.count <= reports.count + 1)
        case .extendedAdvertisingReports(let reports):
            let (readable, malformed) = outcomes(of: reports)
            #expect(readable.count + malformed.count <= reports.count + 1)
            for report in readable {
                let whole = reassembler.add(report)
                #expect((whole?.data.bytes.count ?? 0) <= ExtendedAdvertisingReassembler.maximumDataByteCount)
            }
        default: break
        }
    }

    @Test func `10,000 random inputs never trap`() {
        var generator = SeededGenerator(seed: 1)
        var reassembler = ExtendedAdvertisingReassembler(maximumChains: 4)
        for _ in 0..<10_000 {
            let count = Int.random(in: 0...300, using: &generator)
            decode(generator.bytes(count: count), into: &reassembler)
        }
    }

    @Test(arguments: [UInt8(0x02), 0x0D])
    func `10,000 random reports in well-formed events never trap`(subevent: UInt8) {
        var generator = SeededGenerator(seed: 2)
        var reassembler = ExtendedAdvertisingReassembler(maximumChains: 4)
        for _ in 0..<10_000 {
            let count = Int.random(in: 0...252, using: &generator)
            let reports = UInt8.random(in: 1...10, using: &generator)
            let event = HCIEventPacket(
                code: 0x3E, parameters: ([subevent, reports] + generator.bytes(count: count))[...])
            decode(Array(event.h4Packet.dropFirst()), into: &reassembler)
        }
    }

    @Test func `10,000 random btsnoop records never trap`() {
        var generator = SeededGenerator(seed: 3)
        var reassembler = ExtendedAdvertisingReassembler()
        for datalink in BtsnoopDatalink.allCases {
            for _ in 0..<5_000 {
                let count = Int.random(in: 0...100, using: &generator)
                var file = BtsnoopWriter(datalink: datalink).header + generator.bytes(count: count)
                // A small included length, so that the bodies are reached.
                if count > 24 { file.replaceSubrange(20..<23, with: [0, 0, 0]) }
                decode(file, into: &reassembler)
            }
        }
    }

    @Test(arguments: Samples.events)
    func `every flipped bit and every truncation of every event is survived`(event: [UInt8]) {
        var reassembler = ExtendedAdvertisingReassembler()
        for index in event.indices {
            decode(Array(event.prefix(index)), into: &reassembler)
            for bit in 0..<8 {
                var flipped = event
                flipped[index] ^= 1 << UInt8(bit)
                decode(flipped, into: &reassembler)
            }
        }
    }

    @Test func `every flipped bit and every truncation of a real capture is survived`() throws {
        var reassembler = ExtendedAdvertisingReassembler()
        for record in try BtsnoopTests.records(BtsnoopTests.capture()) where record.kind == .event {
            let event = Array(record.bytes)
            for index in event.indices {
                decode(Array(event.prefix(index)), into: &reassembler)
                var flipped = event
                flipped[index] ^= 1 << UInt8(index % 8)
                decode(flipped, into: &reassembler)
            }
        }
    }
}
