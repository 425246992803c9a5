import EdgeHTTP
import EdgeModel
import NIOCore
import Testing

@Suite struct GzipTests {
    /// `printf 'hello hello hello' | gzip -n`
    private static let hello: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x57, 0xC8,
        0x40, 0x90, 0x00, 0x80, 0x88, 0xF9, 0xE5, 0x11, 0x00, 0x00, 0x00,
    ]

    private func inflate(_ bytes: [UInt8], upTo limit: Int = 1_000) throws -> String {
        String(buffer: try Gzip.inflate(ByteBuffer(bytes: bytes), upTo: limit))
    }

    private func code(_ body: () throws -> Void) -> EdgeError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? EdgeError)?.code
        }
    }

    @Test func `members are unpacked one after another`() throws {
        #expect(try inflate(Self.hello) == "hello hello hello")
        #expect(try inflate(Self.hello + Self.hello) == "hello hello hellohello hello hello")
    }

    @Test func `every truncation is refused, and every byte that was changed in body or checksum`() {
        for length in Self.hello.indices {
            #expect(code { _ = try inflate(Array(Self.hello.prefix(length))) } == .invalid)
        }
        for index in 10..<Self.hello.count {
            var broken = Self.hello
            broken[index] ^= 0x5A
            #expect(code { _ = try inflate(broken) } == .invalid, "byte \(index)")
        }
    }

    @Test func `what is longer than the limit is refused as too large`() throws {
        #expect(try inflate(Self.hello, upTo: 17) == "hello hello hello")
        #expect(code { _ = try inflate(Self.hello, upTo: 16) } == .tooLarge)
    }
}
