import EdgeModel
import EdgeTestSupport
import Testing

@Suite struct ModelTests {
    @Test(arguments: [
        ("2024-01-15T10:30:00Z", 1_705_314_600_000_000), ("2024-01-15T10:30:00", 1_705_314_600_000_000),
        ("2024-01-15T10:30:00.123456789Z", 1_705_314_600_123_456),
        ("2024-01-15T12:30:00+02:00", 1_705_314_600_000_000),
        ("2024-01-15T12:30:00 02:00", 1_705_314_600_000_000), ("2024-01-15", 1_705_276_800_000_000),
        ("1705314600", 1_705_314_600_000_000), ("1705314600.5", 1_705_314_600_500_000), ("0", 0),
        ("-1", -1_000_000),
        ("2024-02-29T23:59:60Z", 1_709_251_200_000_000), ("1969-12-31T23:59:59Z", -1_000_000),
    ])
    func `times are read in every form that clients send`(_ text: String, _ microseconds: Int64) {
        #expect(TimeText.parse(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "yesterday", "2024-13-01", "2023-02-29", "2024-01-15T25:00:00Z", "2024-01-15T10:30",
        "2024-01-15T10:30:00.Z",
        "2024-01-15T10:30:00+2", "99999999999999999999", "nan", "1e9", "0x10", "2024-01-15T10:30:00Zx",
        "２０２４-01-15",
    ])
    func `what is no time is refused`(_ text: String) {
        #expect(TimeText.parse(text) == nil)
    }

    @Test func `the calendar agrees with itself over four centuries`() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<10_000 {
            let seconds = Int64.random(in: -6_000_000_000...20_000_000_000, using: &generator)
            #expect(CivilTime(Timestamp(seconds: seconds)).timestamp?.seconds == seconds)
        }
    }

    @Test func `identifiers print as UUIDs and read back`() throws {
        let id = UniqueID.named("x".utf8, in: UniqueID(high: 1, low: 2))
        let text = id.description
        #expect(text.count == 36)
        #expect(Array(text)[14] == "5")
        #expect(UniqueID(text) == id)
        #expect(UniqueID(bytes: id.bytes) == id)
        #expect(UniqueID("not one") == nil)
        // RFC 9562 appendix A.4: www.example.com in the DNS namespace.
        let dns = try #require(UniqueID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"))
        #expect(
            UniqueID.named("www.example.com".utf8, in: dns).description
                == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
    }

    @Test func `a packet is the same packet wherever it is heard, and another one otherwise`() {
        let device = DeviceID("d")
        func id(day: Int64?, tag: UInt32 = 1) -> UniqueID {
            PacketIdentity.hubble(
                version: 0, device: device, counter: 3, sequenceNumber: 4, tag: tag, day: day)
        }
        #expect(id(day: nil) == id(day: nil))
        #expect(id(day: 1) != id(day: 2))
        #expect(id(day: nil, tag: 2) != id(day: nil))
    }

    @Test func `two gateways that register one DevEUI agree, until it was deleted`() {
        let organization = OrganizationID("o")
        let eui = EUI64(rawValue: 7)
        let first = DeviceID(organization: organization, devEUI: eui, generation: 0)
        #expect(first == DeviceID(organization: organization, devEUI: eui, generation: 0))
        #expect(first != DeviceID(organization: organization, devEUI: eui, generation: 1))
        #expect(first != DeviceID(organization: OrganizationID("p"), devEUI: eui, generation: 0))
    }

    @Test(arguments: [
        "70B3D54996C4C5A7", "70b3d54996c4c5a7", "70-B3-D5-49-96-C4-C5-A7", "70:b3:d5:49:96:c4:c5:a7",
    ])
    func `an EUI is read in any spelling`(_ text: String) {
        #expect(EUI64(text)?.rawValue == 0x70B3_D549_96C4_C5A7)
        #expect(EUI64(text + "0") == nil)
    }

    @Test func `secrets do not print`() {
        let secret = SecretBytes([0xAB, 0xCD])
        #expect("\(secret)" == "<2 secret bytes>")
        #expect(!String(reflecting: secret).contains("171"))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("171"))
    }

    @Test func `a full queue refuses the newest and counts, and wakes its consumer`() async {
        let queue = SightingQueue(capacity: 2)
        func sighting(_ byte: UInt8) -> Sighting {
            Sighting(
                gateway: GatewayID("g"), receivedAt: EdgeClock.system.now(), rssi: nil,
                frame: .hubble(serviceData: [byte]))
        }
        #expect(queue.offer([sighting(1), sighting(2), sighting(3)]) == 2)
        #expect(queue.statistics.dropped == 1)
        #expect(await queue.next()?.count == 2)
        queue.wake()
        #expect(await queue.next()?.isEmpty == true)
        async let later = queue.next()
        queue.offer(sighting(4))
        #expect(await later?.count == 1)
        queue.finish()
        #expect(queue.offer(sighting(5)) == false)
        #expect(await queue.next() == nil)
    }

    @Test(arguments: [(0.0, 0.0), (10.0, 20.0), (91.0, 0.0), (.nan, 1.0)])
    func `a placeholder is no place`(_ latitude: Double, _ longitude: Double) {
        #expect(Location(latitude: latitude, longitude: longitude) == nil)
    }
}
