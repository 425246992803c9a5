import EdgeModel

/// The central that the configuration names.
struct UpstreamSettings {
    var url: String
    var code: String
    var pin: [UInt8]?
}

extension SettingValues {
    /// Nil when no central is named.
    func upstream() throws -> UpstreamSettings? {
        let url = self["upstream.url"]
        guard !url.isEmpty else { return nil }
        do {
            _ = try DestinationURL(url)
        } catch let error as EdgeError {
            throw ConfigurationError("upstream.\(error.message)")
        }
        guard !self["upstream.code"].isEmpty else {
            throw ConfigurationError("upstream.code: the code that the central made is needed")
        }
        let text = self["upstream.pin"]
        let pin = text.isEmpty ? nil : try choice("upstream.pin", PinText.parse, PinText.expected)
        return UpstreamSettings(url: url, code: self["upstream.code"], pin: pin)
    }

    /// Nil where there is no limit.
    func upstreamBytesPerSecond() throws -> Int? {
        let kilobits = try integer("upstream.bandwidth_kbit", 0...10_000_000)
        return kilobits == 0 ? nil : kilobits * 125
    }
}

/// The SHA-256 of a public key as people write it.
enum PinText {
    static let expected = "64 hexadecimal digits"

    static func parse(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { hexadecimalValue($0) }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
