package import EdgeModel
package import EdgeStore
package import LoRaNetwork
import LoRaWAN

extension DeviceSettings {
    /// What the profile of a device says; without one, the standard of the region that the gateways
    /// serve.
    package init(_ device: RegisteredDevice, standardRegion: LoRaWANProfile.Region) {
        self.init(
            device.profile?.lorawan ?? .standard(in: standardRegion),
            isPersonalised: device.device.lorawanSession != nil)
        if device.device.lorawanSession?.allowsCounterReset == true { resetPolicy = .allow }
    }
}

extension UplinkSession {
    /// The session of a device that was personalised; nil for one that joins, and when a key has not
    /// 16 bytes.
    package init?(provisioned device: RegisteredDevice, _ settings: DeviceSettings) {
        guard let provisioned = device.device.lorawanSession, let keys = SessionKeys(provisioned) else {
            return nil
        }
        self.init(
            devAddr: DevAddr(rawValue: provisioned.devAddr), keys: keys,
            resetPolicy: settings.resetPolicy, counterWidth: settings.counterWidth,
            maximumGap: settings.maximumGap, region: settings.region)
    }
}

extension SessionKeys {
    fileprivate init?(_ provisioned: LoRaWANPersonalisation) {
        guard let network = AESKey(provisioned.networkSessionKey.bytes),
            let application = AESKey(provisioned.applicationSessionKey.bytes)
        else { return nil }
        switch provisioned.version {
        case .v10: self.init(nwkSKey: network, appSKey: application)
        case .v11:
            guard let serving = (provisioned.servingNetworkSessionKey?.bytes).flatMap({ AESKey($0) }),
                let encryption = (provisioned.networkSessionEncryptionKey?.bytes).flatMap({ AESKey($0) })
            else { return nil }
            self.init(
                fNwkSIntKey: network, sNwkSIntKey: serving, nwkSEncKey: encryption, appSKey: application)
        }
    }
}
