package import LoRaWAN

/// What must be remembered of a device's joins for as long as it is registered.
package struct JoinState: Equatable, Sendable {
    /// The JoinNonce that comes next. It never goes back.
    package internal(set) var nextJoinNonce: UInt32
    /// Up to 1.0.3: the newest DevNonces that were used, oldest first; at most `maximumNonces`.
    package internal(set) var usedNonces: [UInt16]
    /// From 1.0.4 on: the last DevNonce.
    package internal(set) var lastNonce: UInt16?
    /// RJcount1 of the last rejoin-request of type 1.
    package internal(set) var lastRejoinCount1: UInt16?
    /// The JoinEUI of the last join: 1.1 signs the answer to a rejoin-request with it.
    package internal(set) var joinEUI: JoinEUI?
    /// The place of the root key that verified last, in the order of `RootKeys`.
    package internal(set) var verifiedKey: UInt8?

    /// A device that joins every hour needs half a year to fill it. Then the oldest is forgotten: a
    /// replay of it would begin a session that no device ever speaks in.
    package static let maximumNonces = 4_096

    package init() {
        nextJoinNonce = 1
        usedNonces = []
    }

    /// 24 bits.
    package static let lastJoinNonce: UInt32 = 0xFF_FFFF
}
