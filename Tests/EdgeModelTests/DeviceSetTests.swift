import EdgeModel
import Testing

@Suite struct DeviceSetTests {
    @Test(arguments: [
        [], [0], [63, 64], [1, 2, 3, 1_000_000], Array(0..<500), Array(stride(from: 7, to: 40_000, by: 3)),
    ])
    func `a set reads back from its bytes`(_ rows: [Int64]) throws {
        let set = rows.reduce(into: DeviceSet()) { $0.insert($1) }
        #expect(set.count == rows.count)
        let back = try #require(DeviceSet(encoded: set.encoded))
        #expect(back.count == rows.count)
        #expect(rows.allSatisfy(back.contains))
        #expect(!back.contains(5_000_000))
    }

    @Test func `a sparse set takes little, a dense one a bit for each device`() {
        var sparse = DeviceSet()
        sparse.insert(900_000)
        #expect(sparse.encoded.count <= 5)
        let dense = (0..<8_000).reduce(into: DeviceSet()) { $0.insert(Int64($1)) }
        #expect(dense.encoded.count == 1_001)
    }

    @Test func `sets unite and subtract whatever their lengths`() {
        var a = DeviceSet()
        a.insert(3)
        var b = DeviceSet()
        b.insert(3)
        b.insert(700)
        a.formUnion(b)
        #expect(a.count == 2)
        var c = DeviceSet()
        c.insert(700)
        c.insert(100_000)
        a.subtract(c)
        #expect(a.count == 1)
        #expect(a.contains(3))
    }

    @Test(arguments: [[], [2, 1], [1, 0x80], [1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]] as [[UInt8]])
    func `other bytes are no set`(_ bytes: [UInt8]) {
        #expect(DeviceSet(encoded: bytes) == nil)
    }
}
