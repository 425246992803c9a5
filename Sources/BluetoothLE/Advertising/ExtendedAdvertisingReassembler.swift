/// Joins the fragments of extended advertisements; those of different advertisers interleave.
///
/// Fragments belong together by address, address type and SID. Bounded in both directions: at most
/// `maximumChains` advertisements are open at a time (the one that began first gives way) and none
/// grows beyond the 1650 bytes that the specification allows (Vol 6 Part B 2.3.4.9). What is given
/// up is counted. The reports carry no fragment number: when the controller itself loses a fragment,
/// the rest is joined without it, and telling that is left to whoever authenticates the content.
package struct ExtendedAdvertisingReassembler: Sendable {
    package static let maximumDataByteCount = 1650

    private struct Key: Hashable {
        var address: BluetoothAddress
        var addressType: BluetoothAddressType
        var advertisingSID: UInt8
    }

    private struct Chain {
        var data: [UInt8]
        var order: UInt64
    }

    private let maximumChains: Int
    private var chains: [Key: Chain] = [:]
    private var chainsStarted: UInt64 = 0

    /// Advertisements of which nothing was delivered: pushed out, too long, or truncated.
    package private(set) var dropped: UInt64 = 0

    package init(maximumChains: Int = 64) { self.maximumChains = max(1, maximumChains) }

    /// The whole advertisement once its last fragment is in, nil before. A report that is whole by
    /// itself comes back untouched.
    package mutating func add(_ report: LEExtendedAdvertisingReport) -> LEExtendedAdvertisingReport? {
        let key = Key(
            address: report.address, addressType: report.addressType,
            advertisingSID: report.advertisingSID)
        switch report.eventType.dataStatus {
        case .complete where report.eventType.isLegacy || chains.isEmpty:
            return report
        case .complete:
            return finish(key, with: report)
        case .moreToCome:
            grow(key, by: report.data.bytes)
            return nil
        case .truncated, nil:
            chains[key] = nil
            dropped += 1
            return nil
        }
    }

    private mutating func finish(
        _ key: Key, with report: LEExtendedAdvertisingReport
    ) -> LEExtendedAdvertisingReport? {
        guard let chain = chains.removeValue(forKey: key) else { return report }
        guard chain.data.count + report.data.bytes.count <= Self.maximumDataByteCount else {
            dropped += 1
            return nil
        }
        var whole = report
        whole.data = AdvertisingData((chain.data + report.data.bytes)[...])
        return whole
    }

    private mutating func grow(_ key: Key, by fragment: ArraySlice<UInt8>) {
        if chains[key] == nil { startChain(key) }
        chains[key]?.data.append(contentsOf: fragment)
        if let chain = chains[key], chain.data.count > Self.maximumDataByteCount {
            chains[key] = nil
            dropped += 1
        }
    }

    private mutating func startChain(_ key: Key) {
        if chains.count >= maximumChains,
            let oldest = chains.min(by: { $0.value.order < $1.value.order })
        {
            chains[oldest.key] = nil
            dropped += 1
        }
        chainsStarted += 1
        chains[key] = Chain(data: [], order: chainsStarted)
    }
}
