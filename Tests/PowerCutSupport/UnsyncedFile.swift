/// What one file would be after a power cut: the bytes that were synced, and the writes that a disk may
/// still lose, reorder or tear.
struct UnsyncedFile {
    private enum Change {
        case write(offset: Int, bytes: [UInt8])
        case truncate(Int)
    }

    private(set) var durable: [UInt8]
    private var pending: [Change] = []

    /// What a disk writes as a whole.
    private static let sector = 512

    init(durable: [UInt8]) { self.durable = durable }

    mutating func write(_ bytes: [UInt8], at offset: Int) {
        pending.append(.write(offset: offset, bytes: bytes))
    }

    mutating func truncate(to size: Int) { pending.append(.truncate(size)) }

    mutating func sync() {
        for change in pending { Self.apply(change, to: &durable) }
        pending = []
    }

    /// The file after a cut: of the writes since the last sync each sector is there or not, as the
    /// generator says.
    func afterCut(_ random: inout some RandomNumberGenerator) -> [UInt8] {
        // Some disks keep everything, some nothing, most something.
        let odds = [0, 0, 25, 50, 75, 100, 100].randomElement(using: &random) ?? 0
        var image = durable
        for change in pending {
            switch change {
            case .truncate:
                if Int.random(in: 0..<100, using: &random) < odds { Self.apply(change, to: &image) }
            case .write(let offset, let bytes):
                var start = 0
                while start < bytes.count {
                    // Up to the next boundary of the disk, not of the write.
                    let length = min(
                        Self.sector - (offset + start) % Self.sector, bytes.count - start)
                    if Int.random(in: 0..<100, using: &random) < odds {
                        Self.apply(
                            .write(offset: offset + start, bytes: Array(bytes[start..<start + length])),
                            to: &image)
                    }
                    start += length
                }
            }
        }
        return image
    }

    private static func apply(_ change: Change, to image: inout [UInt8]) {
        switch change {
        case .truncate(let size):
            if size < image.count {
                image.removeLast(image.count - size)
            } else {
                image += [UInt8](repeating: 0, count: size - image.count)
            }
        case .write(let offset, let bytes):
            if image.count < offset + bytes.count {
                image += [UInt8](repeating: 0, count: offset + bytes.count - image.count)
            }
            image.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
    }
}
