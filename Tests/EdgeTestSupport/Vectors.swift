package import Foundation

/// The files of `Tests/Vectors`, found from this source file.
package enum Vectors {
    package static let directory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Vectors")

    package static func data(_ name: String) throws -> Data {
        try Data(contentsOf: directory.appending(path: name))
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from name: String) throws -> Value {
        try JSONDecoder().decode(type, from: data(name))
    }
}

/// Bytes from hexadecimal text; blanks and line ends are skipped, so that a test can annotate fields.
package func bytes(hex text: String) -> [UInt8] {
    var out: [UInt8] = []
    var high: UInt8?
    for character in text where !character.isWhitespace {
        guard let nibble = character.hexDigitValue.map(UInt8.init) else {
            fatalError("not hexadecimal: \(text)")
        }
        if let first = high {
            out.append(first << 4 | nibble)
            high = nil
        } else {
            high = nibble
        }
    }
    precondition(high == nil, "an odd number of digits: \(text)")
    return out
}

package func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}
