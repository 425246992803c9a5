import CZlib
import EdgeModel
package import NIOCore

/// Unpacks request bodies (RFC 1952).
package enum Gzip {
    private static let pieceLength = 64 * 1_024

    /// Throws `invalid` for what is not gzip, `tooLarge` as soon as it is more than `limit` bytes.
    package static func inflate(_ body: ByteBuffer, upTo limit: Int) throws -> ByteBuffer {
        var stream = z_stream()
        guard holdfast_inflate_begin_gzip(&stream) == Z_OK else {
            throw EdgeError(.unavailable, "The body cannot be unpacked now")
        }
        defer { inflateEnd(&stream) }
        var input = Array(body.readableBytesView)
        return try input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            return try unpack(&stream, upTo: limit)
        }
    }

    private static func unpack(_ stream: inout z_stream, upTo limit: Int) throws -> ByteBuffer {
        var output = ByteBuffer()
        while true {
            var status = Z_OK
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: pieceLength) { space in
                stream.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.avail_out = UInt32(clamping: space.count)
                status = CZlib.inflate(&stream, Z_NO_FLUSH)
                return Int(UInt32(clamping: space.count) - stream.avail_out)
            }
            guard output.readableBytes <= limit else {
                throw EdgeError(.tooLarge, "The body is larger than \(limit / 1_048_576) MiB when unpacked")
            }
            switch status {
            case Z_STREAM_END where stream.avail_in == 0: return output
            // Another member follows.
            case Z_STREAM_END: guard inflateReset(&stream) == Z_OK else { throw broken }
            case Z_OK where stream.avail_in > 0 || stream.avail_out == 0: continue
            default: throw broken
            }
        }
    }

    private static var broken: EdgeError { EdgeError.invalid("The body is not valid gzip") }
}
