import Glibc
import Logging
import ServiceLifecycle

/// Gives back the pages of the program and its libraries that only the start needed.
///
/// The kernel maps sixteen pages around each that is touched, as far as the mapping goes, so that four
/// times what is used would be resident. The text is therefore cut into small mappings, which differ in
/// whether they would be in a core dump; text never is.
struct MemoryUpkeep: Service {
    private static let afterStart: [Duration] = [.seconds(2), .seconds(30)]
    private static let interval = Duration.seconds(3_600)
    /// Bytes of a small mapping; the kernel allows 65,530 mappings, and this makes some three thousand.
    private static let pieceLength = max(16 * 1024, Int(getpagesize()))
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for pause in Self.afterStart {
                try? await Task.sleep(for: pause)
                release()
            }
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                release()
            }
        }
    }

    /// Only what nobody can write and nobody has written: the file still has all of it.
    private func release() {
        guard !Task.isCancelled, let maps = Self.maps() else { return }
        for mapping in maps.split(separator: "\n").compactMap({ FileMapping($0) }) where mapping.isUntouched {
            if mapping.isExecutable, mapping.length > Self.pieceLength { cut(mapping) }
            advise(mapping.start, mapping.length, MADV_DONTNEED)
        }
    }

    /// Read to its end, which comes in pieces: the kernel tells no length.
    private static func maps() -> String? {
        guard let file = fopen("/proc/self/maps", "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 * 1024)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece.prefix(count) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func cut(_ mapping: FileMapping) {
        let piece = Self.pieceLength
        for offset in stride(from: 0, to: mapping.length, by: 2 * piece) {
            advise(mapping.start + UInt(offset), min(piece, mapping.length - offset), MADV_DONTDUMP)
        }
    }

    private func advise(_ start: UInt, _ length: Int, _ advice: Int32) {
        guard madvise(UnsafeMutableRawPointer(bitPattern: start), length, advice) != 0 else { return }
        logger.debug("the kernel takes no advice on memory", metadata: ["errno": "\(errno)"])
    }
}

/// A part of a file that is mapped privately, as a line of `/proc/PID/maps` describes it.
private struct FileMapping {
    let start: UInt
    let length: Int
    let isExecutable: Bool
    /// Code is not written, nor is what stands before it; what is protected after its relocation stands
    /// further back in the file.
    let isUntouched: Bool

    init?(_ line: Substring) {
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count > 5, fields[5].hasPrefix("/"), fields[1].hasSuffix("p") else { return nil }
        let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard bounds.count == 2, bounds[0] < bounds[1], let offset = UInt(fields[2], radix: 16) else {
            return nil
        }
        start = bounds[0]
        length = Int(bounds[1] - bounds[0])
        isExecutable = fields[1] == "r-xp"
        isUntouched = isExecutable || fields[1] == "r--p" && offset == 0
    }
}
