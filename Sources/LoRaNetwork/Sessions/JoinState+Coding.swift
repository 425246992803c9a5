import LoRaWAN

extension JoinState {
    private static let codingVersion: UInt8 = 1

    /// For storage; there is nothing secret in it.
    package func encoded() -> [UInt8] {
        var writer = StateWriter()
        writer.byte(Self.codingVersion)
        writer.number(nextJoinNonce)
        writer.list(usedNonces) { $0.number($1) }
        writer.optional(lastNonce)
        writer.optional(lastRejoinCount1)
        writer.flag(joinEUI != nil)
        if let joinEUI { writer.number(joinEUI.rawValue) }
        writer.optional(verifiedKey)
        return writer.bytes
    }

    /// Reads what `encoded` wrote; throws for anything else.
    package init(decoding bytes: [UInt8]) throws(StateError) {
        var reader = StateReader(bytes)
        guard try reader.byte() == Self.codingVersion else { throw StateError() }
        self.init()
        nextJoinNonce = try reader.number()
        usedNonces = try reader.list(limit: Self.maximumNonces) { reader throws(StateError) in
            try reader.number()
        }
        lastNonce = try reader.optional()
        lastRejoinCount1 = try reader.optional()
        if try reader.flag() { joinEUI = JoinEUI(rawValue: try reader.number()) }
        verifiedKey = try reader.optional()
        guard reader.isAtEnd else { throw StateError() }
    }

    /// Whether a device of this version may use the nonce now.
    func allows(_ nonce: UInt16, version: LoRaWANVersion) -> Bool {
        guard version.countsDevNonces else { return !usedNonces.contains(nonce) }
        return lastNonce.map { nonce > $0 } ?? true
    }

    mutating func use(_ nonce: UInt16, version: LoRaWANVersion) {
        if version.countsDevNonces {
            lastNonce = nonce
        } else {
            if usedNonces.count >= Self.maximumNonces { usedNonces.removeFirst() }
            usedNonces.append(nonce)
        }
    }

    /// What an operator asks for when a device is locked out. JoinNonce goes on.
    mutating func clearNonces() {
        usedNonces = []
        lastNonce = nil
        lastRejoinCount1 = nil
    }
}
