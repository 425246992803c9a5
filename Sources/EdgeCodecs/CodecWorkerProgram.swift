import CDuktape
import Glibc

/// What runs in the worker's process: requests come in on descriptor 0, replies go out on 1.
///
/// The process locks itself in, says so with an empty result, and only then reads the first byte. A codec that
/// computes for too long ends it; so does whatever else Duktape cannot go on from.
package enum CodecWorkerProgram {
    /// Heaps that are kept loaded.
    static let heapLimit = 12
    /// Private memory of the process: the heaps, and what the process itself needs.
    static let memoryLimit: UInt = 256 << 20
    /// What one call may compute.
    static let timeLimit = Duration.milliseconds(50)
    /// What loading a script may compute besides.
    static let loadTimeLimit = Duration.milliseconds(200)

    /// Returns when the parent is gone.
    package static func run() {
        codec_confine(memoryLimit)
        guard codec_confine_calls() == 0, write(CodecReply(.result, []).message) else { return }
        var heaps = HeapCache(limit: heapLimit)
        while let body = readMessage() {
            guard let request = CodecRequest(body: body) else { return }
            guard write(answer(request, &heaps).message) else { return }
        }
    }

    private static func answer(_ request: CodecRequest, _ heaps: inout HeapCache) -> CodecReply {
        do throws(CodecTrouble) {
            let heap: CodecHeap
            if let known = heaps[request.script] {
                heap = known
            } else {
                guard let source = request.source else { return CodecReply(.unknownScript, []) }
                limitTime(loadTimeLimit)
                heap = try CodecHeap(source: source)
                heaps.keep(heap, as: request.script)
            }
            limitTime(timeLimit)
            defer { codec_limit_time(0) }
            let result = try heap.run(request.function, input: request.input)
            guard result.count < CodecReply.limit else {
                return CodecReply(.error, Array("the result is too long".utf8))
            }
            return CodecReply(.result, result)
        } catch {
            codec_limit_time(0)
            return CodecReply(.error, Array(error.reason.utf8.prefix(1_000)))
        }
    }

    private static func limitTime(_ limit: Duration) {
        codec_limit_time(Int(limit / .microseconds(1)))
    }

    private static func readMessage() -> [UInt8]? {
        guard let header = readBytes(4) else { return nil }
        var rest = header[...]
        guard let length = rest.popInteger(UInt32.self), length <= CodecRequest.limit else { return nil }
        return readBytes(Int(length))
    }

    private static func readBytes(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(0, $0.baseAddress?.advanced(by: done), count - done)
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return nil }
            done += got
        }
        return bytes
    }

    private static func write(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let sent = bytes.withUnsafeBytes {
                Glibc.write(1, $0.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { return false }
            done += sent
        }
        return true
    }
}

/// Loaded codecs; the one that was not used for longest goes.
private struct HeapCache {
    let limit: Int
    private var heaps: [(script: UInt64, heap: CodecHeap)] = []

    init(limit: Int) { self.limit = limit }

    subscript(script: UInt64) -> CodecHeap? {
        mutating get {
            guard let index = heaps.firstIndex(where: { $0.script == script }) else { return nil }
            if index > 0 { heaps.insert(heaps.remove(at: index), at: 0) }
            return heaps[0].heap
        }
    }

    mutating func keep(_ heap: CodecHeap, as script: UInt64) {
        if heaps.count >= limit { heaps.removeLast() }
        heaps.insert((script, heap), at: 0)
    }
}
