import EdgeModel

/// The uploading gateways and SDK keys in memory, so that a request is admitted without the database.
struct GatewayDirectory {
    private(set) var gateways: [GatewayID: UploadingGateway] = [:]
    private(set) var sdkKeys: [SDKKeyID: SDKKey] = [:]
    private var byDeviceHash: [[UInt8]: GatewayID] = [:]
    private var byRefreshHash: [[UInt8]: GatewayID] = [:]
    private var bySDKHash: [[UInt8]: SDKKeyID] = [:]

    /// Takes over what is stored, unless something later is known.
    mutating func put(_ gateway: UploadingGateway) {
        if let known = gateways[gateway.id] {
            guard known.tokens.number <= gateway.tokens.number else { return }
            for hash in known.tokens.deviceHashes { byDeviceHash[hash] = nil }
            for hash in known.tokens.refreshHashes { byRefreshHash[hash] = nil }
        }
        gateways[gateway.id] = gateway
        for hash in gateway.tokens.deviceHashes { byDeviceHash[hash] = gateway.id }
        for hash in gateway.tokens.refreshHashes { byRefreshHash[hash] = gateway.id }
    }

    mutating func put(_ key: SDKKey, hash: [UInt8]) {
        sdkKeys[key.id] = key
        bySDKHash[hash] = key.id
    }

    mutating func remove(_ id: SDKKeyID) {
        sdkKeys[id] = nil
        bySDKHash = bySDKHash.filter { $0.value != id }
    }

    mutating func seen(_ id: GatewayID, at now: BootMoment) { gateways[id]?.lastSeen = now }

    mutating func counted(_ receipt: UploadReceipt, of id: GatewayID) {
        gateways[id]?.counters.batches += 1
        gateways[id]?.counters.accepted += receipt.accepted
        gateways[id]?.counters.rejected += receipt.rejected
    }

    func sdkKey(hash: [UInt8]) -> SDKKey? { bySDKHash[hash].flatMap { sdkKeys[$0] } }

    /// The gateway with a device token, while the SDK key that it registered with is good.
    func gateway(deviceHash: [UInt8]) -> UploadingGateway? { live(byDeviceHash[deviceHash]) }

    func gateway(refreshHash: [UInt8]) -> UploadingGateway? { live(byRefreshHash[refreshHash]) }

    private func live(_ id: GatewayID?) -> UploadingGateway? {
        guard let gateway = id.flatMap({ gateways[$0] }), sdkKeys[gateway.sdkKey] != nil else { return nil }
        return gateway
    }
}
