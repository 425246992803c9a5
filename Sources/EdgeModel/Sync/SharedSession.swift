package import FoundationEssentials

/// A LoRaWAN session on its way between gateways of an organization: only ever within a sealed
/// envelope.
package struct SharedSession: Sendable, Codable, CustomReflectable {
    /// Sessions of one request, and of one answer.
    package static let limit = 100
    /// Downlink counters that a gateway gets at once. A device of LoRaWAN 1.0.3 takes no step beyond 16,384.
    package static let counterBlock: UInt32 = 1_024
    /// Fewer counters than this left, and more are asked for.
    package static let counterReserve: UInt32 = 256

    package var name: SessionName
    package var number: UInt32
    /// The network server's own encoding, with the keys.
    package var state: Data
    package var summary: LoRaWANSession.Summary
    /// The encoded record of the device's joins.
    package var joins: Data?
    /// Tells states apart that another server must know.
    package var shape: UInt64
    /// Upwards: no downlink counter from here on was used.
    package var ceiling: UInt32
    /// Upwards: further counters are wanted.
    package var wantsCounters: Bool

    package init(
        name: SessionName, number: UInt32, state: Data, summary: LoRaWANSession.Summary, joins: Data?,
        shape: UInt64, ceiling: UInt32, wantsCounters: Bool
    ) {
        self.name = name
        self.number = number
        self.state = state
        self.summary = summary
        self.joins = joins
        self.shape = shape
        self.ceiling = ceiling
        self.wantsCounters = wantsCounters
    }

    package var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

/// What a session is known by among gateways.
package struct SessionName: Hashable, Sendable, Codable {
    package var eui: UInt64
    package var devAddr: UInt32

    package init(eui: UInt64, devAddr: UInt32) {
        self.eui = eui
        self.devAddr = devAddr
    }
}

/// A gateway hears a device that another gateway answers.
package struct SessionClaim: Hashable, Sendable, Codable {
    package var name: SessionName
    /// The first uplink counter that was heard so.
    package var since: UInt32

    package init(name: SessionName, since: UInt32) {
        self.name = name
        self.since = since
    }
}

/// Who may send in a session, and with which downlink counters.
package struct SessionGrant: Hashable, Sendable, Codable {
    package var name: SessionName
    /// False: another gateway answers the device.
    package var isGranted: Bool
    /// Counters from the first on, below the ceiling, are the gateway's alone.
    package var first: UInt32
    package var ceiling: UInt32

    package init(name: SessionName, isGranted: Bool, first: UInt32 = 0, ceiling: UInt32 = 0) {
        self.name = name
        self.isGranted = isGranted
        self.first = first
        self.ceiling = ceiling
    }
}

/// What a gateway brings of sessions, and from where on it has those of others.
package struct SessionExchange: Sendable, Codable {
    package var epoch: String
    package var after: Int64
    package var sessions: [SharedSession]
    package var claims: [SessionClaim]

    package init(epoch: String, after: Int64, sessions: [SharedSession], claims: [SessionClaim]) {
        self.epoch = epoch
        self.after = after
        self.sessions = sessions
        self.claims = claims
    }
}

/// What a central answers.
package struct SessionAnswer: Sendable, Codable {
    /// One for each session that came up, and for each claim that is decided.
    package var grants: [SessionGrant] = []
    /// Sessions that other gateways answer, in the order of their changes.
    package var sessions: [SharedSession] = []
    package var revision: Int64 = 0
    package var isLast = true
    /// Sessions of this gateway that the central wants to know the state of.
    package var wanted: [SessionName] = []

    package init() {}
}

/// How far a gateway and its central are with something, in one history of the central.
package struct CentralProgress: Hashable, Sendable, Codable {
    package var epoch = ""
    package var revision: Int64 = 0
    /// The history of the gateway; nil where it makes no difference.
    package var own: String?

    package init() {}
}
