/// Why a payload could not be made or understood, in words for whoever wrote the codec.
package struct CodecFault: Error, Hashable, Sendable {
    package var reason: String
    package init(_ reason: String) { self.reason = reason }
}

/// What a payload says, as far as it could be understood.
package struct DecodedPayload: Hashable, Sendable {
    package var members: [String: JSONValue] = [:]
    package var errors: [String] = []

    package init() {}
}
