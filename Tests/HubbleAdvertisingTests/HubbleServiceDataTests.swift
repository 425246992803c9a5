import EdgeTestSupport
import HubbleAdvertising
import Testing

@Suite struct HubbleServiceDataTests {
    @Test func `every unencrypted vector parses and encodes`() throws {
        for vector in try UnencryptedVector.all() {
            let networkID = try #require(NetworkID(rawValue: vector.input.networkID))
            let packet = try UnencryptedPacket(networkID: networkID, payload: vector.payload)
            #expect(try HubbleServiceData(vector.serviceData) == .unencrypted(packet))
            #expect(packet.bytes == vector.serviceData, "\(vector.comment)")
        }
    }

    @Test func `versions 3 to 63 are unknown, whatever their length`() throws {
        for version in UInt8(3)...63 {
            for count in 0...30 {
                let data = [version << 2 | 1] + [UInt8](repeating: 0xA5, count: count)
                #expect(try HubbleServiceData(data) == .unknown(version: version))
            }
        }
    }

    @Test(arguments: [(0, 10, 23), (1, 5, 23), (2, 15, 24)] as [(UInt8, Int, Int)])
    func `a length outside the version's limits is named`(version: UInt8, least: Int, most: Int) throws {
        for count in 1...40 {
            let data = [version << 2] + [UInt8](repeating: 0, count: count - 1)
            switch count {
            case ..<least:
                #expect(throws: HubbleServiceDataError.tooShort(version: version, count: count)) {
                    try HubbleServiceData(data)
                }
            case least...most:
                #expect(throws: Never.self) { try HubbleServiceData(data) }
            default:
                #expect(throws: HubbleServiceDataError.tooLong(version: version, count: count)) {
                    try HubbleServiceData(data)
                }
            }
        }
    }

    @Test func `no bytes are no service data`() {
        #expect(throws: HubbleServiceDataError.empty) { try HubbleServiceData([]) }
    }

    @Test func `fields refuse what their bits do not hold`() {
        #expect(SequenceNumber(rawValue: 1023) != nil)
        #expect(SequenceNumber(rawValue: 1024) == nil)
        #expect(NetworkID(rawValue: 1 << 34 - 1) != nil)
        #expect(NetworkID(rawValue: 1 << 34) == nil)
        #expect(PeriodExponent(rawValue: 15) != nil)
        #expect(PeriodExponent(rawValue: 16) == nil)
        #expect(TimeCounter(unixSeconds: -1) == nil)
        #expect(TimeCounter(unixSeconds: 86_399) == TimeCounter(rawValue: 0))
        #expect(TimeCounter(unixSeconds: .max) == nil)
    }

    @Test func `a device key of another length is refused, and none prints itself`() throws {
        for count in 0...64 where count != 16 && count != 32 {
            #expect(DeviceKey([UInt8](repeating: 1, count: count)) == nil)
        }
        let key = try deviceKey("00112233445566778899aabbccddeeff")
        let session = HubbleSessionKeys(key, at: TimeCounter(rawValue: 1))
        var dumped = "\(key) \(String(reflecting: key)) \(session)"
        dump(ListedDevice(index: 1, key: key), to: &dumped)
        #expect(dumped.contains("DeviceKey(16 bytes)"))
        for secret in ["0011", "aabb", "17, 34", "170, 187"] { #expect(!dumped.contains(secret)) }
    }
}
