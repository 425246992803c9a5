/// What is known about how a device rotates: it decides which EIDs are worth looking for.
package enum KnownScheme: Hashable, Sendable {
    /// Nothing but the length of the key.
    case unknown
    /// Version 0; a nil source is yet unknown.
    case counterMode(TimeCounter.Source?)
    /// Version 2; a nil exponent is yet unknown.
    case eax(PeriodExponent?)
}

/// A device as the table of ephemeral identifiers needs it.
package struct ListedDevice: Sendable {
    /// The owner's number for it.
    package let index: Int32
    package let key: DeviceKey
    package let scheme: KnownScheme

    package init(index: Int32, key: DeviceKey, scheme: KnownScheme = .unknown) {
        self.index = index
        self.key = key
        self.scheme = scheme
    }

    var sendsDailyEIDs: Bool {
        switch scheme {
        case .unknown, .counterMode(.unixTime), .counterMode(nil): true
        case .counterMode(.deviceUptime), .eax: false
        }
    }

    var need: (uptimePool: PoolNeed, eaxPools: PoolNeed) {
        switch scheme {
        case .unknown: (.speculative, key.fitsEAX ? .speculative : .none)
        case .counterMode(nil): (.speculative, .none)
        case .counterMode(.deviceUptime): (.certain, .none)
        case .counterMode(.unixTime): (.none, .none)
        case .eax(nil): (.none, key.fitsEAX ? .speculative : .none)
        case .eax: (.none, key.fitsEAX ? .certain : .none)
        }
    }

    var exponents: [PeriodExponent] {
        if case .eax(let exponent?) = scheme { [exponent] } else { PeriodExponent.allCases }
    }

    /// How sure it is that a device draws its counters from a pool.
    enum PoolNeed { case none, speculative, certain }
}
