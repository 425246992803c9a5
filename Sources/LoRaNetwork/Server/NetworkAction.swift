package import LoRaWAN

/// What the runtime is to do, in this order. Everything to be stored in one answer must be on the
/// disk before a `transmit` of the same answer leaves.
package enum NetworkAction<Device: Hashable & Sendable>: Sendable {
    /// Stored by device and `DeviceSession.id`.
    case persist(Device, DeviceSession)
    case persistJoin(Device, JoinState)
    /// The frames of this session are to be opened from now on, beside those of the device's others.
    /// `SessionTable.install` keeps a counter that is further on.
    case install(Device, SessionID, UplinkSession)
    /// The session is over: its frames are strangers, its row goes.
    case retire(Device, SessionID)
    case transmit(Device, Transmission)
    case item(Device, DownlinkItemID, ItemState)
    case note(Device, NetworkNote)
}

/// What is worth a line in the frame log, or a webhook.
package enum NetworkNote: Hashable, Sendable {
    /// A join-accept is about to be sent. The session counts from its first uplink on.
    case joinAnswered(Activation)
    case joinRefused(JoinRefusal, devNonce: UInt16)
    /// The first uplink of a session has come.
    case activated(SessionID, DevAddr)
    case commandsReceived([UplinkCommand])
    /// On their way in the frame that is sent with them.
    case commandsSent([DownlinkCommand])
    /// DevStatusAns; battery as the device says it, margin in decibels.
    case statusReported(battery: UInt8, margin: Int8)
    /// A gateway has taken the frame.
    case downlinkSent(SentDownlink)
    /// One attempt failed; the next follows if there is one.
    case downlinkRefused(DownlinkRefusal, window: ReceiveWindow, gateway: GatewayEUI?)
    /// Nothing is left to try for this uplink.
    case downlinkGivenUp
    /// The device has started again (ABP); what it was told is forgotten.
    case counterReset

    package struct Activation: Hashable, Sendable {
        package var session: SessionID
        package var devAddr: DevAddr
        package var version: LoRaWANVersion
        /// Nil after a join; 0, 1 or 2 after a rejoin-request.
        package var rejoinType: UInt8?
    }

    package struct SentDownlink: Hashable, Sendable {
        package var gateway: GatewayEUI
        package var window: ReceiveWindow
        /// Nil for a join-accept.
        package var counter: UInt32?
    }
}

package enum JoinRefusal: String, Hashable, Sendable {
    case noKey = "no_key"
    /// Its settings say that it does not join.
    case joinsNotSupported = "joins_not_supported"
    case micMismatch = "mic_mismatch"
    case nonceUsed = "nonce_used"
    /// All 24 bits of JoinNonce are used up.
    case joinNoncesUsedUp = "join_nonces_used_up"
    case foreignNetwork = "foreign_network"
    case noSession = "no_session"
    case noRegion = "no_region"
    case tooMany = "too_many"
}

package enum DownlinkRefusal: Hashable, Sendable {
    /// The window is too near for the forwarder.
    case tooLate
    /// The gateway's share of the hour in this sub-band is used up.
    case dutyCycle
    /// More than 400 ms on the air where that is the limit.
    case dwellTime
    /// More than fits at this data rate.
    case tooLong(limit: Int)
    /// What the gateway said.
    case gateway(String)
    /// The gateway said nothing.
    case silence
    /// There is no way to the gateway: it does not ask for downlinks.
    case unreachable
    /// What the frame depends on could not be written.
    case notStored
    case noGateway
    /// The tables have no such window.
    case noWindow
    case countersUsedUp
}
