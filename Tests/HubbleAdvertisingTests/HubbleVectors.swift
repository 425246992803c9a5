import EdgeTestSupport
import HubbleAdvertising

/// `Tests/Vectors/hubble-counter-mode.json`: version 0.
struct CounterModeVector: Decodable {
    struct Input: Decodable {
        var key: String
        var counterSource: String
        var counter: UInt32
        var sequence: UInt16
        var payload: String
    }
    struct Expected: Decodable {
        var serviceData: String
        var eid: String
        var tag: String
    }
    var comment: String
    var source: String
    var input: Input
    var expected: Expected

    static func all() throws -> [CounterModeVector] {
        try Vectors.decode([CounterModeVector].self, from: "hubble-counter-mode.json")
    }

    var serviceData: [UInt8] { bytes(hex: expected.serviceData) }
    var payload: [UInt8] { bytes(hex: input.payload) }
    var counter: TimeCounter { TimeCounter(rawValue: input.counter) }
    func key() throws -> DeviceKey { try deviceKey(input.key) }
}

/// `Tests/Vectors/hubble-eax.json`: version 2.
struct EAXVector: Decodable {
    struct Input: Decodable {
        var key: String
        var periodExponent: UInt8
        var poolIndex: UInt32
        var salt: UInt16
        var payload: String
    }
    struct Expected: Decodable {
        var serviceData: String
        var eid: String
        var counter: UInt32
        var tag: String
    }
    var comment: String
    var source: String
    var input: Input
    var expected: Expected

    static func all() throws -> [EAXVector] {
        try Vectors.decode([EAXVector].self, from: "hubble-eax.json")
    }

    var serviceData: [UInt8] { bytes(hex: expected.serviceData) }
    var payload: [UInt8] { bytes(hex: input.payload) }
    var counter: TimeCounter { TimeCounter(rawValue: expected.counter) }
    func key() throws -> DeviceKey { try deviceKey(input.key) }
    func exponent() throws -> PeriodExponent {
        guard let exponent = PeriodExponent(rawValue: input.periodExponent) else {
            throw BadVector(comment: comment)
        }
        return exponent
    }
}

/// `Tests/Vectors/hubble-unencrypted.json`: version 1.
struct UnencryptedVector: Decodable {
    struct Input: Decodable {
        var networkID: UInt64
        var payload: String
    }
    struct Expected: Decodable { var serviceData: String }
    var comment: String
    var source: String
    var input: Input
    var expected: Expected

    static func all() throws -> [UnencryptedVector] {
        try Vectors.decode([UnencryptedVector].self, from: "hubble-unencrypted.json")
    }

    var serviceData: [UInt8] { bytes(hex: expected.serviceData) }
    var payload: [UInt8] { bytes(hex: input.payload) }
}

struct BadVector: Error { var comment: String }

func deviceKey(_ hexadecimal: String) throws -> DeviceKey {
    guard let key = DeviceKey(bytes(hex: hexadecimal)) else { throw BadVector(comment: "a key's length") }
    return key
}

/// A key that differs for every seed.
func deviceKey(seed: UInt64, count: Int = 32) throws -> DeviceKey {
    var generator = SeededGenerator(seed: seed)
    guard let key = DeviceKey(generator.bytes(count: count)) else {
        throw BadVector(comment: "a key's length")
    }
    return key
}

func sequenceNumber(_ number: UInt16) throws -> SequenceNumber {
    guard let sequenceNumber = SequenceNumber(rawValue: number) else {
        throw BadVector(comment: "a sequence number")
    }
    return sequenceNumber
}

/// Service data of every version, from all vectors.
func everyServiceData() throws -> [[UInt8]] {
    try CounterModeVector.all().map(\.serviceData) + EAXVector.all().map(\.serviceData)
        + UnencryptedVector.all().map(\.serviceData)
}
