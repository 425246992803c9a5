import BluetoothLE
import EdgeTestSupport
import Testing

@Suite struct AdvertisingDataTests {
    private func data(_ text: String) -> AdvertisingData { AdvertisingData(bytes(hex: text)[...]) }

    @Test func `service data is found behind other structures`() {
        let found = data("02 01 06  03 03 a6fc  0d 16 a6fc 0000 c048b633 7f4f35bb").serviceData(uuid: 0xFCA6)
        #expect(found.map { hex($0) } == "0000c048b6337f4f35bb")
    }

    @Test func `service data for another UUID is not ours`() {
        #expect(data("05 16 0fb1 0102").serviceData(uuid: 0xFCA6) == nil)
        #expect(data("05 16 0fb1 0102  04 16 a6fc 09").serviceData(uuid: 0xFCA6).map(Array.init) == [9])
    }

    @Test func `service data may be empty but not shorter than its UUID`() {
        #expect(data("03 16 a6fc").serviceData(uuid: 0xFCA6)?.isEmpty == true)
        #expect(data("02 16 a6").serviceData(uuid: 0xFCA6) == nil)
    }

    @Test func `a length of zero ends the advertisement`() {
        #expect(Array(data("02 01 06  00  04 16 a6fc 09")).map(\.type) == [.flags])
    }

    @Test func `a structure that overruns does not lose those before it`() {
        #expect(Array(data("02 01 06  09 16 a6fc 09")).map(\.type) == [.flags])
    }

    @Test func `decoding what was encoded gives the same structures`() {
        let structures: [ADStructure] = [
            .flags(6), .serviceUUIDs([0xFCA6, 0x180F]), .serviceData(uuid: 0xFCA6, [1, 2, 3]),
        ]
        #expect(Array(AdvertisingData(structures)) == structures)
        #expect(hex(AdvertisingData(structures).bytes) == "020106" + "0503a6fc0f18" + "0616a6fc010203")
    }
}
