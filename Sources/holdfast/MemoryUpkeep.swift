import FoundationEssentials
import Glibc
import Logging
import ServiceLifecycle

/// Gives back the pages of the program's own text that only the start needed.
///
/// The kernel maps sixteen pages around each that is touched; after the start more than half of the
/// text that is resident is not looked at again. It is clean and comes back by itself when it is.
struct MemoryUpkeep: Service {
    private static let afterStart = Duration.seconds(20)
    private static let interval = Duration.seconds(3_600)
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            try? await Task.sleep(for: Self.afterStart)
            while !Task.isCancelled {
                Self.releaseText(logger)
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Only what is mapped executable: nothing ever writes there, so that nothing can be lost.
    private static func releaseText(_ logger: Logger) {
        guard let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8),
            let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        else { return }
        for line in maps.split(separator: "\n") where line.hasSuffix(program) {
            guard let text = ExecutableMapping(line) else { continue }
            if madvise(UnsafeMutableRawPointer(bitPattern: text.start), text.length, MADV_DONTNEED) != 0 {
                logger.debug("text stays resident", metadata: ["errno": "\(errno)"])
            }
        }
    }
}

/// A line of `/proc/PID/maps` that is private and executable, and not writable.
private struct ExecutableMapping {
    let start: UInt
    let length: Int

    init?(_ line: Substring) {
        let fields = line.split(separator: " ", maxSplits: 2)
        guard fields.count == 3, fields[1] == "r-xp" else { return nil }
        let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard bounds.count == 2, bounds[0] < bounds[1] else { return nil }
        start = bounds[0]
        length = Int(bounds[1] - bounds[0])
    }
}
