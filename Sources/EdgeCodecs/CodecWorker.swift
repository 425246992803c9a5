import EdgeModel

/// A script as the worker knows it.
struct CodecScript: Sendable {
    let number: UInt64
    let source: [UInt8]

    private static let namespace = UniqueID(high: 0x0c4f_52a7_1d3e_5b90, low: 0x9a66_0d1b_7e42_c583)

    init(_ source: String) {
        self.source = Array(source.utf8)
        number = UniqueID.named(source.utf8, in: Self.namespace).high
    }
}

/// What came of one call.
enum CodecAnswer: Sendable {
    /// JSON.
    case result([UInt8])
    /// In words for whoever wrote the codec.
    case failure(String)
}

/// Asks the worker's process, and starts another where a codec has taken one with it.
///
/// A codec that has ended `parkingLimit` processes is parked: it is asked no more until its source is
/// another. Calls block.
struct CodecWorker: ~Copyable {
    static let parkingLimit = 3
    /// Requests that are under way at once: few enough that neither side waits for the other's buffer.
    private static let window = 8
    /// Scripts whose misdeeds are remembered; then all are forgiven.
    private static let memory = 1_000
    private static let longestPause = Duration.seconds(30)
    static let parkedReason =
        "the codec is parked: it has ended its worker \(parkingLimit) times; change its source to try again"

    private let executable: String
    private let arguments: [String]
    private var process: CodecProcess?
    private var loaded: Set<UInt64> = []
    private var kills: [UInt64: Int] = [:]
    private var failedStarts = 0
    private var startFault = ""
    private var pauseEnds: ContinuousClock.Instant?
    private(set) var starts = 0
    private var usedAt = ContinuousClock.now

    init(executable: String, arguments: [String]) {
        self.executable = executable
        self.arguments = arguments
    }

    func isParked(_ script: CodecScript) -> Bool { kills[script.number, default: 0] >= Self.parkingLimit }

    /// One answer for each input, in their order.
    mutating func ask(_ function: CodecFunction, _ script: CodecScript, _ inputs: [[UInt8]]) -> [CodecAnswer]
    {
        var answers: [CodecAnswer] = []
        usedAt = ContinuousClock.now
        while answers.count < inputs.count {
            if isParked(script) {
                answers.append(.failure(Self.parkedReason))
                continue
            }
            guard start() else {
                answers.append(.failure("the codec worker cannot be started: \(startFault)"))
                continue
            }
            guard exchange(function, script, inputs, &answers) else {
                answers.append(.failure(blame(script)))
                continue
            }
        }
        return answers
    }

    /// Ends a process that has had nothing to do for so long.
    mutating func endIfIdle(for span: Duration) {
        if process != nil, ContinuousClock.now - usedAt > span { end() }
    }

    mutating func end() {
        process = nil
        loaded = []
    }

    private mutating func start() -> Bool {
        if process != nil { return true }
        if let pauseEnds, ContinuousClock.now < pauseEnds { return false }
        starts += 1
        do {
            process = try CodecProcess(executable: executable, arguments: arguments)
        } catch {
            startFault = "\(error)"
        }
        // It says so when it is locked in.
        guard process?.receive(patience: CodecProcess.startPatience) != nil else {
            if process != nil { startFault = "it ended before it was locked in, or took too long" }
            end()
            pause()
            return false
        }
        failedStarts = 0
        pauseEnds = nil
        return true
    }

    private mutating func pause() {
        failedStarts += 1
        let pause = Duration.milliseconds(100) * (1 << min(failedStarts, 10))
        pauseEnds = ContinuousClock.now + min(pause, Self.longestPause)
    }

    /// What is said of the call during which the process ended.
    private mutating func blame(_ script: CodecScript) -> String {
        end()
        if kills.count >= Self.memory { kills = [:] }
        kills[script.number, default: 0] += 1
        return "the codec took more than \(Int(CodecWorkerProgram.timeLimit / .milliseconds(1))) ms, "
            + "or more memory than there is, and was ended"
    }

    /// Adds answers from where they end. False when the process ended before the next one; true when all
    /// are there, or the script is to be sent again.
    private mutating func exchange(
        _ function: CodecFunction, _ script: CodecScript, _ inputs: [[UInt8]], _ answers: inout [CodecAnswer]
    ) -> Bool {
        var sent = answers.count
        while answers.count < inputs.count {
            while sent < inputs.count, sent - answers.count < Self.window {
                let isNew = loaded.insert(script.number).inserted
                let request = CodecRequest(
                    function: function, script: script.number, source: isNew ? script.source : nil,
                    input: inputs[sent])
                guard process?.send(request.message, patience: CodecProcess.patience) == true else {
                    return false
                }
                sent += 1
            }
            guard let reply = receive() else { return false }
            switch reply.status {
            case .result: answers.append(.result(reply.text))
            case .error: answers.append(.failure(String(decoding: reply.text, as: UTF8.self)))
            case .unknownScript:
                loaded.remove(script.number)
                // What is under way behind it was not understood either.
                for _ in answers.count + 1..<max(sent, answers.count + 1) where receive() == nil {
                    return false
                }
                return true
            }
        }
        return true
    }

    private mutating func receive() -> CodecReply? {
        process?.receive(patience: CodecProcess.patience)
    }
}
