import EdgeModel
import EdgeTestSupport
import SyncProtocol
import Testing

@Suite struct BatchFormatTests {
    static let epoch = UniqueID(high: 1, low: 2)

    /// Packets as a fleet of 100 sensors makes them: random identifiers and payloads, seconds apart.
    static func packets(_ count: Int, from first: Int64 = 1, seed: UInt64 = 1) -> [SyncPacket] {
        var generator = SeededGenerator(seed: seed)
        var time: Int64 = 1_772_366_400_000_000
        return (0..<count).map { number in
            time += Int64.random(in: 1_000...2_000_000, using: &generator)
            let at = Timestamp(microseconds: time)
            return SyncPacket(
                sequence: first + Int64(number), id: .random(using: &generator),
                devEUI: EUI64(
                    rawValue: 0x70B3_D500_0000_0000 + UInt64.random(in: 0..<100, using: &generator)),
                platform: .lorawan, protection: .decrypted,
                payload: (0..<13).map { _ in UInt8.random(in: 0...255, using: &generator) }, counter: nil,
                sequenceNumber: UInt32(1_000 + number), fPort: 1, receivedAt: at, clockQuality: .saved,
                receptions: [
                    Reception(
                        gateway: GatewayID("lora-00800000a0001234"), firstAt: at, lastAt: at, count: 1,
                        rssi: RSSI(dBm: Int.random(in: -120 ... -60, using: &generator)),
                        snr: Double(Int.random(in: -80...40, using: &generator)) / 4, frequency: 868_100_000,
                        dataRate: "SF7BW125")
                ])
        }
    }

    @Test func `a full batch takes at most 60 bytes a packet on the wire`() throws {
        let batch = SyncBatch(epoch: Self.epoch, range: 1...500, packets: Self.packets(500))
        let packed = try #require(GzipFormat.deflate(BatchFormat.encode(batch)))
        #expect(packed.count <= 60 * 500)
    }

    @Test func `every signal strength is decoded as it was, and one that is no number is left out`() throws {
        var packets = Self.packets(221)
        for (place, dBm) in (-200...20).enumerated() {
            packets[place].receptions[0].rssi = RSSI(dBm: dBm)
        }
        packets[0].receptions[0].snr = .infinity
        let batch = SyncBatch(epoch: Self.epoch, range: 1...221, packets: packets)
        let decoded = try BatchFormat.decode(BatchFormat.encode(batch))
        #expect(decoded.packets.map(\.receptions[0].rssi?.dBm) == (-200...20).map { Int16($0) })
        #expect(decoded.packets[0].receptions[0].snr == nil)
        #expect(decoded.packets[1].receptions[0].snr == packets[1].receptions[0].snr)
    }

    @Test func `what was encoded is decoded`() throws {
        var packets = Self.packets(20, from: 100)
        packets[3].platform = .ble
        packets[3].protection = .unencrypted
        packets[3].counter = 20_513
        packets[3].sequenceNumber = nil
        packets[3].fPort = nil
        packets[3].clockQuality = .none
        packets[4].clockQuality = .synchronised
        packets[4].receptions[0].location = Location(latitude: 52.5, longitude: 13.4, altitude: 34)
        packets[4].receptions[0].snr = 1.0 / 3
        packets[4].receptions[0].count = 7
        packets[4].receptions[0].lastAt = packets[4].receivedAt.advanced(byMicroseconds: 5_000_000)
        packets[4].receptions.append(
            Reception(
                gateway: GatewayID("edge-dock-hci0"), firstAt: packets[4].receivedAt,
                lastAt: packets[4].receivedAt, count: 1, rssi: nil))
        packets.remove(at: 10)
        let update = SyncUpdate(
            id: packets[0].id, devEUI: packets[0].devEUI, sequenceNumber: packets[0].sequenceNumber,
            receivedAt: packets[0].receivedAt, clockQuality: .saved, receptions: packets[4].receptions)
        let batch = SyncBatch(epoch: Self.epoch, range: 98...130, packets: packets, updates: [update])
        #expect(try BatchFormat.decode(BatchFormat.encode(batch)) == batch)
        let nothing = SyncBatch(epoch: Self.epoch, range: 5...9_000_000_000)
        #expect(try BatchFormat.decode(BatchFormat.encode(nothing)) == nothing)
        let updates = SyncBatch(epoch: Self.epoch, range: nil, updates: [update])
        #expect(try BatchFormat.decode(BatchFormat.encode(updates)) == updates)
    }

    @Test func `no part of a batch and no altered batch is taken`() {
        let bytes = BatchFormat.encode(
            SyncBatch(epoch: Self.epoch, range: 1...3, packets: Self.packets(3)))
        for length in bytes.indices {
            #expect(throws: MalformedBatch.self) { try BatchFormat.decode(Array(bytes[..<length])) }
            var altered = bytes
            altered[length] ^= 0x10
            #expect(throws: MalformedBatch.self) { try BatchFormat.decode(altered) }
        }
    }

    @Test func `arbitrary bytes with a good hash are decoded or refused, and nothing else`() {
        let good = BatchFormat.encode(
            SyncBatch(epoch: Self.epoch, range: 1...5, packets: Self.packets(5)))
        var generator = SeededGenerator(seed: 7)
        var refused = 0
        for _ in 0..<3_000 {
            var bytes = Array(good.dropLast(32))
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 4..<bytes.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            do {
                _ = try BatchFormat.decode(Hashed.closing(bytes))
            } catch {
                refused += 1
            }
        }
        #expect(refused > 100)
    }
}
