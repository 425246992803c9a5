import LoRaWAN

/// What the server keeps of one device. There may be a hundred thousand: what few of them have is
/// kept apart.
struct DeviceState: Sendable {
    var devEUI: DevEUI?
    /// Shared by all devices that have the same.
    var shared: SharedSettings
    var rootKeys: RootKeys
    var join = JoinState()
    /// The one in use first; behind it one that was answered for but not heard yet.
    var sessions: [DeviceSession] = []
    /// By priority, then in the order in which they came.
    var queue: [QueuedItem] = []
    var heard: LastUplink?
    var statusAskedAt: NetworkInstant?
    /// Empty, or one.
    private var seldom: [Seldom] = []

    init(shared: SharedSettings, rootKeys: RootKeys) {
        self.shared = shared
        self.rootKeys = rootKeys
    }

    var settings: DeviceSettings { shared.value }

    /// What most devices do not have.
    struct Seldom: Sendable {
        /// What an operator asks of the device.
        var requests: [DownlinkCommand] = []
        /// Class C: the gateways that heard the last uplink, the best first.
        var paths: [Path] = []
        var refusalNotedAt: NetworkInstant?
        var lastJoin: LastJoin?
        /// Class C: an acknowledgement is waited for until then.
        var acknowledgedBy: NetworkInstant?
        /// Class C: tries in a row for which there was no way to a gateway.
        var delays: UInt8 = 0

        var isEmpty: Bool {
            requests.isEmpty && paths.isEmpty && refusalNotedAt == nil && lastJoin == nil
                && acknowledgedBy == nil && delays == 0
        }
    }

    var rare: Seldom {
        get { seldom.first ?? Seldom() }
        set { seldom = newValue.isEmpty ? [] : [newValue] }
    }

    struct QueuedItem: Sendable {
        var item: DownlinkItem
        /// Frames with it that no gateway took.
        var failures: UInt8 = 0
    }

    struct LastUplink: Sendable {
        var session: SessionID
        var counter: UInt32
        var firstAt: NetworkInstant
        /// A gateway has taken a downlink since.
        var isAnswered = false
        /// The ADR bit.
        var allowsADR: Bool
    }

    struct Path: Sendable {
        var gateway: GatewayEUI
        var source: UInt64 = 0
        var snr: Float
        var heardAt: NetworkInstant
    }

    struct LastJoin: Sendable {
        var mic: MIC
        var at: NetworkInstant
    }

    static let maximumRequests = 4

    func index(of session: SessionID) -> Int? { sessions.firstIndex { $0.id == session } }
}

/// Receptions of one frame, while its window is open.
struct Gathering: Sendable {
    var purpose: Purpose
    var closesAt: NetworkInstant
    var receptions: [UplinkReception]

    enum Purpose: Sendable {
        case data(DataPurpose)
        case join(PreparedJoin)
    }

    /// Another reception; the worst gives way. A gateway counts once, with what it heard best.
    mutating func add(_ reception: UplinkReception, limit: Int) {
        if let place = receptions.firstIndex(where: { $0.gateway == reception.gateway }) {
            if receptions[place].snr < reception.snr { receptions[place] = reception }
            return
        }
        receptions.append(reception)
        guard receptions.count > limit else { return }
        let worst = receptions.indices.min { receptions[$0].snr < receptions[$1].snr }
        if let worst { receptions.remove(at: worst) }
    }
}

/// What an uplink calls for, once its window has closed.
struct DataPurpose: Sendable {
    var session: SessionID
    var counter: UInt32
    var isConfirmed: Bool
    /// ADRACKReq.
    var wantsSignOfLife: Bool
    var outcome: CommandOutcome
    /// The device has sent the frame once more.
    var isRepetition: Bool
}

/// A join that was accepted, to be answered through the best gateway.
struct PreparedJoin: Sendable {
    var mic: MIC
    var bytes: [UInt8]
    /// Where the device listens: RX1 by the uplink, RX2 as here.
    var radio: RadioState
    var activation: NetworkNote.Activation
}

/// A downlink that is being sent: one window after the other, until a gateway takes it.
struct Flight: Sendable {
    var content: Content
    /// Still to be tried.
    var opportunities: [Opportunity]
    var attempt: Attempt?
    /// An attempt ended in silence: the device may have the frame.
    var mayHaveArrived = false
    /// A gateway had it, and refused it or was silent: more than bad luck with the time.
    var wasRefused = false
    /// Why the last attempt failed.
    var refusal: DownlinkRefusal?

    /// FCntDown of what was composed last; nil for a join-accept.
    var counter: UInt32? {
        if case .data(let content) = content { content.frame?.counter } else { nil }
    }

    enum Content: Sendable {
        case data(DataContent)
        case join([UInt8])
    }

    struct DataContent: Sendable {
        var session: SessionID
        /// The counter of the confirmed uplink to be acknowledged.
        var acknowledges: UInt32?
        /// A frame must come even when it is empty.
        var mustAnswer: Bool
        var owed: [DownlinkCommand]
        /// What was composed last; its bytes serve as long as they fit.
        var frame: ComposedFrame?
        /// What was awaited before this flight.
        var awaitedBefore: DeviceSession.AwaitedDownlink?
        /// Requests that were pending before it.
        var pendingBefore: [DownlinkCommand]
    }

    struct Attempt: Sendable {
        var token: UInt64
        var opportunity: Opportunity
        var deadline: NetworkInstant
        var airtime: Int64
        var subBand: SubBandKey?
        /// dBm EIRP.
        var power: Double
    }
}

/// One window of one gateway.
struct Opportunity: Sendable {
    var gateway: GatewayEUI
    var source: UInt64 = 0
    var window: ReceiveWindow
    var timing: Transmission.Timing
    var frequency: UInt32
    var dataRate: UInt8
    /// Handed over later, it would be too late. Nil: never.
    var latest: NetworkInstant?
    /// N at this data rate.
    var limit: Int
}

/// A downlink frame with its counter, ready for the air.
struct ComposedFrame: Sendable {
    var bytes: [UInt8]
    var counter: UInt32
    /// FOpts and FRMPayload together.
    var length: Int
    var item: DownlinkItem?
    var commands: [DownlinkCommand]
}

/// Settings in one place for all devices that have them.
final class SharedSettings: Sendable {
    let value: DeviceSettings

    init(_ value: DeviceSettings) { self.value = value }
}
