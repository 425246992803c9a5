import EdgeCodecs
import EdgeCore
import EdgeModel
import EdgeStore

extension CodecRunner {
    /// Runs codecs on this machine.
    init(_ engine: CodecEngine, _ store: Store) {
        self.init(
            check: { try await engine.check($0, source: $1) },
            decode: { try await engine.decode($0, with: $1) },
            encode: { try await engine.encode($0, fPort: $1, with: $2) },
            redecode: { try await engine.decode($0, from: store) },
            isParked: { engine.isParked($0) })
    }
}
