extension SessionKeys {
    /// LoRaWAN 1.0.x (1.0.4, section 6.2.6): from AppKey, after a join. `joinNonce` (AppNonce) has 24 bits.
    package init(appKey: AESKey, joinNonce: UInt32, netID: NetID, devNonce: UInt16) {
        func key(_ type: UInt8) -> AESKey {
            var fields: [UInt8] = [type]
            fields.append(littleEndian: joinNonce, count: 3)
            fields.append(littleEndian: netID.rawValue, count: 3)
            fields.append(littleEndian: devNonce, count: 2)
            return appKey.deriveKey(from: fields)
        }
        self.init(nwkSKey: key(1), appSKey: key(2))
    }

    /// LoRaWAN 1.1, section 6.2: from NwkKey and AppKey, after a join with OptNeg set.
    package init(nwkKey: AESKey, appKey: AESKey, joinNonce: UInt32, joinEUI: JoinEUI, devNonce: UInt16) {
        func key(_ type: UInt8, from root: AESKey) -> AESKey {
            var fields: [UInt8] = [type]
            fields.append(littleEndian: joinNonce, count: 3)
            fields.append(littleEndian: joinEUI.rawValue, count: 8)
            fields.append(littleEndian: devNonce, count: 2)
            return root.deriveKey(from: fields)
        }
        self.init(
            fNwkSIntKey: key(1, from: nwkKey), sNwkSIntKey: key(3, from: nwkKey),
            nwkSEncKey: key(4, from: nwkKey), appSKey: key(2, from: appKey))
    }
}

/// The two keys that a 1.1 device uses when it joins and rejoins (LoRaWAN 1.1, section 6.1.1).
package struct JoinKeys: Equatable, Sendable {
    /// Authenticates rejoin-requests of type 1 and join-accepts.
    package let jsIntKey: AESKey
    /// Encrypts the join-accept that answers a rejoin-request.
    package let jsEncKey: AESKey

    package init(nwkKey: AESKey, devEUI: DevEUI) {
        func key(_ type: UInt8) -> AESKey {
            var fields: [UInt8] = [type]
            fields.append(littleEndian: devEUI.rawValue, count: 8)
            return nwkKey.deriveKey(from: fields)
        }
        jsEncKey = key(5)
        jsIntKey = key(6)
    }
}
