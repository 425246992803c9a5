import EdgeModel

/// The rules that a device's own data must keep, whichever dialect brings it.
package enum DeviceRules {
    package static let nameLimit = 250
    package static let customTagLimit = 10
    package static let tagNameLimit = 32
    package static let tagValueLimit = 128
    package static let keyLengths = 1...64
    /// Devices that one request may register or change.
    package static let batchLimit = 1_000

    static func check(name: String) throws -> String {
        try TextRule(field: "name", limit: nameLimit).check(name)
    }

    static func check(devEUI text: String) throws -> EUI64 {
        guard text.utf8.count <= 32, let eui = EUI64(text) else {
            throw EdgeError.invalid("Invalid dev_eui: 16 hexadecimal characters expected")
        }
        return eui
    }

    /// Custom tags as they are stored. The gateway's own names are not the client's to set.
    static func check(tags: [String: String]) throws -> [String: String] {
        guard tags.count <= customTagLimit else {
            throw EdgeError.invalid("tags: at most \(customTagLimit) custom tags")
        }
        for (name, value) in tags {
            _ = try TextRule(field: "tags: the name of a tag", limit: tagNameLimit).check(name)
            _ = try TextRule(field: "tags.\(name)", limit: tagValueLimit, mayBeEmpty: true).check(value)
        }
        return tags
    }

    /// Takes the platform out of `tags`, where a client may say BLE or LoRaWAN, and refuses the
    /// other names under `hubnet.`. Nil values are what a merge removes.
    static func takePlatform(_ tags: inout [String: String?]) throws -> Platform? {
        var platform: Platform?
        for name in tags.keys where name.hasPrefix("hubnet.") {
            let value = tags[name] ?? nil
            guard name == Device.platformTag, let value, let named = Platform(name: value) else {
                throw EdgeError.invalid("tags: \(name) is set by the gateway")
            }
            platform = named
            tags.removeValue(forKey: name)
        }
        return platform
    }

    static func check(key: SecretBytes?) throws {
        guard let key else { return }
        guard keyLengths.contains(key.bytes.count) else {
            throw EdgeError.invalid("Invalid deviceKey format: 1 to 64 bytes expected")
        }
    }

    static func check(_ rotation: EIDRotation) throws {
        if let exponent = rotation.periodExponent, !(0...15).contains(exponent) {
            throw EdgeError.invalid("eid_rotation: the period is 2^0 to 2^15 seconds")
        }
    }

    static func check(_ encryption: HubbleEncryption?, key: SecretBytes?) throws {
        guard let encryption, let key else { return }
        guard encryption.keyLength == key.bytes.count else {
            throw EdgeError.invalid(
                "Invalid deviceKey format: \(encryption.name) takes \(encryption.keyLength) bytes")
        }
    }
}
