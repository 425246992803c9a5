import EdgeModel

/// The rules that a webhook must keep, whichever dialect brings it.
package enum WebhookRules {
    package static let nameLimit = 250
    package static let batchSizes = 10...1_000
    package static let secretLengths = 1...256
    /// Webhooks of one organization.
    package static let limit = 100

    static func check(name: String) throws -> String {
        try TextRule(field: "name", limit: nameLimit).check(name)
    }

    static func check(url: String, _ rule: DestinationRule) throws -> String {
        try rule.check(try DestinationURL(url))
        return url
    }

    static func check(maxBatchSize: Int) throws -> Int {
        guard batchSizes.contains(maxBatchSize) else {
            throw EdgeError.invalid(
                "max_batch_size must be from \(batchSizes.lowerBound) to \(batchSizes.upperBound)")
        }
        return maxBatchSize
    }

    /// It travels in a header, so it is what a header can carry without being touched.
    static func check(secret: String) throws -> SecretBytes {
        let bytes = Array(secret.utf8)
        guard secretLengths.contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw EdgeError.invalid("secret: 1 to 256 visible ASCII characters are expected")
        }
        return SecretBytes(bytes)
    }

    /// 32 random bytes as hexadecimal digits.
    static func freshSecret() -> SecretBytes {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        return SecretBytes((0..<64).map { _ in digits[Int.random(in: 0..<16, using: &generator)] })
    }
}
