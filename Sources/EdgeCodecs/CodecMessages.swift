import FoundationEssentials

/// What a codec is asked for.
enum CodecFunction: UInt8, Sendable {
    case decodeUplink = 0
    case encodeDownlink = 1
    /// Whether it can be loaded, and which functions it has.
    case inspect = 2

    var name: String {
        switch self {
        case .decodeUplink: "decodeUplink"
        case .encodeDownlink: "encodeDownlink"
        case .inspect: "inspect"
        }
    }
}

/// One request to the worker. Each message stands behind its length, four bytes, least significant
/// first, as are all numbers in it.
struct CodecRequest: Sendable {
    var function: CodecFunction
    /// Names the script in the worker: another text, another number.
    var script: UInt64
    /// Nil where the worker is believed to have it.
    var source: [UInt8]?
    /// JSON.
    var input: [UInt8]

    static let limit = 1 << 20

    /// With its length in front.
    var message: [UInt8] {
        var body: [UInt8] = [function.rawValue]
        body.append(littleEndian: script)
        body.append(littleEndian: source.map { UInt32($0.count) } ?? .max)
        body += source ?? []
        body += input
        var message: [UInt8] = []
        message.append(littleEndian: UInt32(body.count))
        return message + body
    }

    /// Nil for what `message` does not make.
    init?(body: [UInt8]) {
        var rest = body[...]
        guard let code = rest.popFirst(), let function = CodecFunction(rawValue: code),
            let script = rest.popInteger(UInt64.self), let length = rest.popInteger(UInt32.self)
        else { return nil }
        self.function = function
        self.script = script
        if length == .max {
            source = nil
        } else {
            guard rest.count >= Int(length) else { return nil }
            source = Array(rest.prefix(Int(length)))
            rest = rest.dropFirst(Int(length))
        }
        input = Array(rest)
    }

    init(function: CodecFunction, script: UInt64, source: [UInt8]?, input: [UInt8]) {
        self.function = function
        self.script = script
        self.source = source
        self.input = input
    }
}

/// The worker's answer, one for each request, in their order.
struct CodecReply: Sendable {
    enum Status: UInt8, Sendable {
        /// The text is JSON, in ASCII.
        case result = 0
        /// The text says what is wrong.
        case error = 1
        /// The script is not there; it is to be sent along.
        case unknownScript = 2
    }

    var status: Status
    var text: [UInt8]

    static let limit = 1 << 17

    var message: [UInt8] {
        var message: [UInt8] = []
        message.append(littleEndian: UInt32(text.count + 1))
        message.append(status.rawValue)
        return message + text
    }

    init?(body: [UInt8]) {
        guard let first = body.first, let status = Status(rawValue: first) else { return nil }
        self.status = status
        text = Array(body.dropFirst())
    }

    init(_ status: Status, _ text: [UInt8]) {
        self.status = status
        self.text = text
    }
}

extension [UInt8] {
    mutating func append(littleEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

extension ArraySlice<UInt8> {
    mutating func popInteger<Number: FixedWidthInteger & UnsignedInteger>(_: Number.Type) -> Number? {
        let size = MemoryLayout<Number>.size
        guard count >= size else { return nil }
        let number = prefix(size).reversed().reduce(Number(0)) { $0 << 8 | Number($1) }
        self = dropFirst(size)
        return number
    }
}
