package import EdgeModel
import FoundationEssentials
package import Logging
import NIOPosix
import PayloadCodecs
import ServiceLifecycle
import Synchronization

/// Runs codecs: Cayenne LPP and layouts here, JavaScript in a process of its own.
package final class CodecEngine: Service {
    private let worker: Mutex<CodecWorker>
    /// One thread, which may wait for the worker.
    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let waiting = Atomic<Int>(0)
    private let logger: Logger

    /// Calls that may wait for the worker; more are refused.
    private static let waitingLimit = 64
    private static let idleLimit = Duration.seconds(600)

    /// `executable` with `arguments` is what runs `CodecWorkerProgram`.
    package init(
        executable: String = "/proc/self/exe", arguments: [String] = ["codec-worker"], logger: Logger
    ) {
        worker = Mutex(CodecWorker(executable: executable, arguments: arguments))
        self.logger = logger
        pool.start()
    }

    /// Ends the worker when it is idle, and at the end.
    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(60))
                worker.withLock { $0.endIfIdle(for: Self.idleLimit) }
            }
        }
        try await gracefulShutdown()
        worker.withLock { $0.end() }
        try await pool.shutdownGracefully()
    }

    /// How many processes were started for codecs.
    package var workerStarts: Int { worker.withLock { $0.starts } }

    /// Whether the codec is asked no more, because of what it did to its worker.
    package func isParked(_ codec: Codec) -> Bool {
        guard codec.kind == .javaScript else { return false }
        let script = CodecScript(codec.source)
        return worker.withLock { $0.isParked(script) }
    }

    /// Throws `invalid` for a source that cannot be used, with the reason.
    package func check(_ kind: Codec.Kind, source: String) async throws {
        switch kind {
        case .cayenneLPP:
            guard source.isEmpty else { throw EdgeError.invalid("source: Cayenne LPP has none") }
        case .layout:
            do throws(CodecFault) {
                _ = try Layout(json: source)
            } catch {
                throw EdgeError.invalid("source: \(error.reason)")
            }
        case .javaScript:
            let answer = try await ask(.inspect, CodecScript(source), [Array("{}".utf8)])[0]
            switch answer {
            case .failure(let reason):
                throw EdgeError.invalid("source: \(reason)\(Self.hint(about: reason, in: source))")
            case .result(let text):
                let found = try JSONDecoder().decode(Inspection.self, from: Data(text))
                guard found.decodes || found.encodes else {
                    throw EdgeError.invalid(
                        "source: a function decodeUplink, encodeDownlink, Decoder or Decode is expected")
                }
            }
        }
    }

    /// What to do about a script that is newer than the engine.
    private static func hint(about reason: String, in source: String) -> String {
        let isNewer = ["let ", "=>", "`", "class ", "...", "?.", "for (const", "async "].contains {
            source.contains($0)
        }
        guard reason.hasPrefix("SyntaxError"), isNewer else { return "" }
        return "; scripts are ECMAScript 5.1: var instead of let, function instead of =>, no templates, "
            + "classes, spread or destructuring"
    }

    private struct Inspection: Decodable {
        var decodes: Bool
        var encodes: Bool
    }

    /// What the codec makes of each payload, in their order. Throws `unavailable` when too many wait.
    package func decode(_ inputs: [PayloadInput], with codec: Codec) async throws -> [Decoding] {
        switch codec.kind {
        case .cayenneLPP: return inputs.map { Self.decoding(CayenneLPP.decode($0.bytes)) }
        case .layout:
            do throws(CodecFault) {
                let layout = try Layout(json: codec.source)
                return inputs.map { Self.decoding(layout.decode($0.bytes, port: $0.fPort)) }
            } catch {
                return inputs.map { _ in .failed(error.reason) }
            }
        case .javaScript:
            let answers = try await ask(.decodeUplink, CodecScript(codec.source), inputs.map(Self.json))
            return answers.map(Self.decoding)
        }
    }

    /// What the codec makes of values, a JSON object, that are to be sent.
    package func encode(_ data: String, fPort: UInt8?, with codec: Codec) async throws -> EncodedPayload {
        guard let members = JSONValue(text: data)?.asObject else {
            throw EdgeError.invalid("data: an object is expected")
        }
        do throws(CodecFault) {
            switch codec.kind {
            case .cayenneLPP:
                return Self.limited(EncodedPayload(bytes: try CayenneLPP.encode(members), fPort: fPort))
            case .layout:
                let bytes = try Layout(json: codec.source).encode(members, port: fPort)
                return Self.limited(EncodedPayload(bytes: bytes, fPort: fPort))
            case .javaScript: break
            }
        } catch {
            return EncodedPayload(bytes: nil, fPort: nil, errors: [error.reason])
        }
        let port = fPort.map { String($0) } ?? "null"
        let input = Array("{\"data\":\(data),\"fPort\":\(port)}".utf8)
        return Self.encoded(try await ask(.encodeDownlink, CodecScript(codec.source), [input])[0])
    }

    // MARK: The worker

    private func ask(_ function: CodecFunction, _ script: CodecScript, _ inputs: [[UInt8]]) async throws
        -> [CodecAnswer]
    {
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.waitingLimit else {
            waiting.subtract(1, ordering: .relaxed)
            throw EdgeError(.unavailable, "Too many payloads wait for their codecs", retryAfterSeconds: 1)
        }
        defer { waiting.subtract(1, ordering: .relaxed) }
        return try await pool.runIfActive { [self] in
            worker.withLock { $0.ask(function, script, inputs) }
        }
    }

    private static func json(_ input: PayloadInput) -> [UInt8] {
        let bytes = input.bytes.map { String($0) }.joined(separator: ",")
        let port = input.fPort.map { String($0) } ?? "null"
        let milliseconds = input.receivedAt.microseconds / 1_000
        return Array("{\"bytes\":[\(bytes)],\"fPort\":\(port),\"recvTime\":\(milliseconds)}".utf8)
    }

    // MARK: Results

    private static func decoding(_ payload: DecodedPayload) -> Decoding {
        guard !payload.members.isEmpty || payload.errors.isEmpty else {
            return Decoding(data: nil, errors: payload.errors)
        }
        return Decoding(data: try? JSONValue.object(payload.members).text(), errors: payload.errors).limited
    }

    /// As the prelude writes it.
    private struct ScriptResult: Decodable {
        var warnings: [String]
        var errors: [String]
    }

    private static func decoding(_ answer: CodecAnswer) -> Decoding {
        switch answer {
        case .failure(let reason): return .failed(reason)
        case .result(let text):
            // The member `data` stands first and is taken as the text that it is; the rest is parsed.
            let marks = Array(",\"warnings\":".utf8)
            let start = Array("{\"data\":".utf8)
            guard text.starts(with: start), let end = text.lastRange(of: marks) else {
                return .failed("the worker's answer is not understood")
            }
            let data = String(decoding: text[start.count..<end], as: UTF8.self)
            guard
                let rest = try? JSONDecoder().decode(
                    ScriptResult.self, from: Data([UInt8(ascii: "{")] + text[(end + 1)...]))
            else { return .failed("the worker's answer is not understood") }
            return Decoding(
                data: data == "null" ? nil : data, warnings: rest.warnings, errors: rest.errors
            ).limited
        }
    }

    private struct ScriptPayload: Decodable {
        var bytes: [UInt8]?
        var fPort: Double?
        var warnings: [String]
        var errors: [String]
    }

    private static func encoded(_ answer: CodecAnswer) -> EncodedPayload {
        switch answer {
        case .failure(let reason): return EncodedPayload(bytes: nil, fPort: nil, errors: [reason])
        case .result(let text):
            guard let made = try? JSONDecoder().decode(ScriptPayload.self, from: Data(text)) else {
                return EncodedPayload(
                    bytes: nil, fPort: nil, errors: ["the worker's answer is not understood"])
            }
            return limited(
                EncodedPayload(
                    bytes: made.bytes, fPort: made.fPort.flatMap { UInt8(exactly: $0) },
                    warnings: made.warnings, errors: made.errors))
        }
    }

    private static func limited(_ payload: EncodedPayload) -> EncodedPayload {
        guard let bytes = payload.bytes, bytes.count > Layout.payloadLimit else { return payload }
        var refused = payload
        refused.bytes = nil
        refused.errors.append("\(bytes.count) bytes are more than the \(Layout.payloadLimit) of a frame")
        return refused
    }
}

extension [UInt8] {
    /// Where `pattern` stands for the last time.
    fileprivate func lastRange(of pattern: [UInt8]) -> Int? {
        guard count >= pattern.count else { return nil }
        return (0...count - pattern.count).reversed().first { self[$0...].starts(with: pattern) }
    }
}
