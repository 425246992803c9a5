import Crypto

/// A device as named texts, so that two changes of it merge field by field, tags key by key. Secrets stand
/// there as what tells one from another, never as themselves.
extension Device {
    package var syncFields: [String: String] {
        var fields = [
            "name": name, "spelling": devEUISpelling, "status": status.name, "platform": platform.name,
        ]
        for (name, value) in tags { fields["tag:\(name)"] = value }
        fields["encryption"] = encryption?.name
        fields["counter_source"] = rotation.counterSource?.name
        fields["period_exponent"] = rotation.periodExponent.map(String.init)
        fields["network_id"] = networkID.map { String($0) }
        fields["location"] = installLocation.map { "\($0.latitude) \($0.longitude)" }
        fields["profile"] = profile?.rawValue
        fields["codec"] = codec?.rawValue
        fields["expected_interval"] = expectedUplinkInterval.map { String($0.components.seconds) }
        fields["key"] = key.map { Self.digest($0.bytes) }
        fields["lorawan"] = lorawan.map { Self.digest($0.secretContent) }
        return fields
    }

    /// Sets a field to what it is elsewhere; nil takes it away. A text that means nothing here changes
    /// nothing.
    package mutating func setSyncField(_ field: String, _ value: String?, _ secrets: DeviceSecrets) {
        switch field {
        case "name": name = value ?? name
        case "spelling": devEUISpelling = value ?? devEUISpelling
        case "status":
            status =
                [DeviceStatus.active, .maintenance, .inactive].first { $0.name == value } ?? status
        case "platform": platform = value.flatMap { Platform(name: $0) } ?? platform
        case "encryption": encryption = HubbleEncryption.allCases.first { $0.name == value }
        case "counter_source": rotation.counterSource = CounterSource.allCases.first { $0.name == value }
        case "period_exponent":
            rotation.periodExponent = value.flatMap { Int($0) }.flatMap { (0...15).contains($0) ? $0 : nil }
        case "network_id": networkID = value.flatMap { UInt64($0) }.flatMap { $0 < 1 << 34 ? $0 : nil }
        case "location": installLocation = value.flatMap(Self.location)
        case "profile": profile = value.map { DeviceProfileID($0) }
        case "codec": codec = value.map { CodecID($0) }
        case "expected_interval":
            expectedUplinkInterval = value.flatMap { Int64($0) }
                .flatMap { (1...Self.longestInterval).contains($0) ? .seconds($0) : nil }
        case "key": key = value == nil ? nil : secrets.key ?? key
        case "lorawan": lorawan = value == nil ? nil : secrets.lorawan ?? lorawan
        default: if field.hasPrefix("tag:") { tags[String(field.dropFirst(4))] = value }
        }
    }

    /// What gateways and centrals did not tell one another in format 1.
    package static let laterSyncFields: Set<String> = ["profile", "codec", "expected_interval"]

    /// Seconds; ten years.
    private static let longestInterval: Int64 = 10 * 366 * 86_400

    private static func location(_ text: String) -> Location? {
        let parts = text.split(separator: " ").compactMap { Double($0) }
        return parts.count == 2 ? Location(latitude: parts[0], longitude: parts[1]) : nil
    }

    /// Keys have at least 128 random bits where it matters: nobody finds them by trying.
    private static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension LoRaWANProvisioning {
    fileprivate var secretContent: [UInt8] {
        var bytes: [UInt8] = []
        let keys = [
            appKey, nwkKey, session?.networkSessionKey, session?.servingNetworkSessionKey,
            session?.networkSessionEncryptionKey, session?.applicationSessionKey,
        ]
        for key in keys {
            bytes.append(UInt8(clamping: key?.bytes.count ?? 0))
            bytes += key?.bytes ?? []
        }
        if let session {
            bytes.append(bigEndian: session.devAddr)
            bytes.append(UInt8(clamping: session.version.rawValue))
            bytes.append(session.allowsCounterReset ? 1 : 0)
        }
        return bytes
    }
}
