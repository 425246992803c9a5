/// A payload to be understood, with what a codec may want to know of it.
package struct PayloadInput: Sendable {
    package var bytes: [UInt8]
    package var fPort: UInt8?
    package var receivedAt: Timestamp

    package init(bytes: [UInt8], fPort: UInt8?, receivedAt: Timestamp) {
        self.bytes = bytes
        self.fPort = fPort
        self.receivedAt = receivedAt
    }
}

/// What a codec made of a payload.
package struct Decoding: Hashable, Sendable {
    /// The text of a JSON object; nil where the payload was not understood.
    package var data: String?
    package var warnings: [String]
    package var errors: [String]

    /// Bytes that the text of a result has at most.
    package static let dataLimit = 8_192
    /// Warnings, and errors, that are kept of one result, and characters of each.
    package static let messageLimit = 10
    package static let messageLengthLimit = 500

    package init(data: String?, warnings: [String] = [], errors: [String] = []) {
        self.data = data
        self.warnings = Self.short(warnings)
        self.errors = Self.short(errors)
    }

    /// What is said where nothing came of it.
    package static func failed(_ reason: String) -> Decoding { Decoding(data: nil, errors: [reason]) }

    /// The same, within the limit.
    package var limited: Decoding {
        guard let data, data.utf8.count > Self.dataLimit else { return self }
        return Decoding(
            data: nil, warnings: warnings,
            errors: errors + ["the result has more than \(Self.dataLimit) bytes"])
    }

    private static func short(_ messages: [String]) -> [String] {
        messages.prefix(messageLimit).map { String($0.prefix(messageLengthLimit)) }
    }
}

/// What a codec made of values that are to be sent.
package struct EncodedPayload: Hashable, Sendable {
    package var bytes: [UInt8]?
    package var fPort: UInt8?
    package var warnings: [String]
    package var errors: [String]

    package init(bytes: [UInt8]?, fPort: UInt8?, warnings: [String] = [], errors: [String] = []) {
        self.bytes = bytes
        self.fPort = fPort
        self.warnings = warnings
        self.errors = errors
    }
}
