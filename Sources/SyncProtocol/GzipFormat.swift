import CZlib

/// Packs bytes (RFC 1952).
package enum GzipFormat {
    /// Nil when zlib has no memory.
    package static func deflate(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard holdfast_deflate_begin_gzip(&stream) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var input = bytes
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        return input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            var isWhole = false
            let output = [UInt8](unsafeUninitializedCapacity: bound) { space, count in
                stream.next_out = space.baseAddress
                stream.avail_out = UInt32(clamping: bound)
                isWhole = CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = bound - Int(stream.avail_out)
            }
            return isWhole ? output : nil
        }
    }

    /// Throws `MalformedBatch` for what is not gzip, or more than `limit` bytes.
    package static func inflate(_ bytes: [UInt8], upTo limit: Int) throws(MalformedBatch) -> [UInt8] {
        var stream = z_stream()
        guard holdfast_inflate_begin_gzip(&stream) == Z_OK else {
            throw MalformedBatch("there is no memory to unpack it")
        }
        defer { inflateEnd(&stream) }
        var input = bytes
        var isWhole = false
        let output = input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            return [UInt8](unsafeUninitializedCapacity: limit) { space, count in
                stream.next_out = space.baseAddress
                stream.avail_out = UInt32(clamping: limit)
                isWhole = CZlib.inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0
                count = limit - Int(stream.avail_out)
            }
        }
        guard isWhole else { throw MalformedBatch("it is not packed as a batch is") }
        return output
    }
}
