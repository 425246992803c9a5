package import LoRaWAN

/// What the network keeps of one device's session in order to accept its uplinks.
///
/// A value: `receive` judges a frame and moves the counter. The owner stores it.
package struct UplinkSession: Equatable, Sendable {
    package let devAddr: DevAddr
    package let keys: SessionKeys
    /// The counter of the newest uplink accepted; nil before the first.
    package var lastCounter: FrameCounter?
    /// Tells a repetition of that uplink from another frame with the same counter. Stored and
    /// restored with it; nil takes any frame with that counter for a repetition.
    package var lastMark: UInt32?
    package var resetPolicy: CounterResetPolicy
    package var counterWidth: CounterWidth
    /// MAX_FCNT_GAP: 16,384 up to LoRaWAN 1.0.3; later versions, and nil, have none.
    package var maximumGap: UInt32?
    /// Where the device is; nil guesses from the frequency. Matters to a 1.1 MIC only.
    package var region: Region?
    /// The counter of the last confirmed downlink sent to the device (1.1).
    package var confirmedDownlinkCounter: UInt16

    /// Whether a device may start counting again within a session, as ABP devices do at each boot.
    package enum CounterResetPolicy: Hashable, Sendable {
        /// A frame with an old counter is never new.
        case refuse
        /// It is accepted and the count goes on from there. This gives up the protection against
        /// replays: the operator chooses it per device.
        case allow
    }

    /// How many bits the device counts with.
    package enum CounterWidth: Hashable, Sendable {
        /// LoRaWAN 1.0.4 and 1.1, and all but old 1.0 devices.
        case bits32
        /// Wraps at 65,536: up to 32,767 ahead is new, the rest old.
        case bits16
    }

    package init(
        devAddr: DevAddr, keys: SessionKeys, lastCounter: FrameCounter? = nil, lastMark: UInt32? = nil,
        resetPolicy: CounterResetPolicy = .refuse, counterWidth: CounterWidth = .bits32,
        maximumGap: UInt32? = nil, region: Region? = nil, confirmedDownlinkCounter: UInt16 = 0
    ) {
        self.devAddr = devAddr
        self.keys = keys
        self.lastCounter = lastCounter
        self.lastMark = lastMark
        self.resetPolicy = resetPolicy
        self.counterWidth = counterWidth
        self.maximumGap = maximumGap
        self.region = region
        self.confirmedDownlinkCounter = confirmedDownlinkCounter
    }
}
