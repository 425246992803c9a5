import CDuktape

/// One codec, loaded into a heap of its own: what it does there concerns no other.
final class CodecHeap {
    /// Bytes that a codec may take.
    static let memoryLimit = 8 << 20

    private let budget: UnsafeMutablePointer<codec_budget>
    private let context: OpaquePointer

    /// Loads a script. Throws with the reason when it cannot be.
    init(source: [UInt8]) throws(CodecTrouble) {
        budget = .allocate(capacity: 1)
        budget.initialize(to: codec_budget(limit: Self.memoryLimit, used: 0))
        guard let made = codec_heap(budget) else {
            budget.deallocate()
            throw CodecTrouble(reason: "there is no memory for a codec")
        }
        context = made
        guard let reason = load(source) else { return }
        throw CodecTrouble(reason: reason)
    }

    deinit {
        codec_heap_free(context)
        budget.deallocate()
    }

    private func load(_ source: [UInt8]) -> String? {
        let prelude = Array(CodecPrelude.text.utf8)
        let failed = prelude.withUnsafeBytes { prelude in
            source.withUnsafeBytes { source in
                var script = codec_script(
                    prelude: prelude.baseAddress?.assumingMemoryBound(to: CChar.self),
                    prelude_length: prelude.count,
                    source: source.baseAddress?.assumingMemoryBound(to: CChar.self),
                    source_length: source.count)
                return codec_load(context, &script)
            }
        }
        defer { codec_drop(context) }
        return failed == 0 ? nil : String(decoding: top, as: UTF8.self)
    }

    /// The JSON text that the function returns. Throws with the reason when the codec does.
    func run(_ function: CodecFunction, input: [UInt8]) throws(CodecTrouble) -> [UInt8] {
        let failed = function.name.withCString { name in
            input.withUnsafeBytes { input in
                var call = codec_call(
                    function: name, input: input.baseAddress?.assumingMemoryBound(to: CChar.self),
                    input_length: input.count)
                return codec_run(context, &call)
            }
        }
        defer { codec_drop(context) }
        guard failed == 0 else { throw CodecTrouble(reason: String(decoding: top, as: UTF8.self)) }
        return top
    }

    /// The text on top of the stack.
    private var top: [UInt8] {
        var length = 0
        guard let text = codec_text(context, &length) else { return [] }
        return Array(UnsafeRawBufferPointer(start: text, count: length))
    }
}

/// Why a codec did not do what was asked of it.
struct CodecTrouble: Error {
    var reason: String
}
