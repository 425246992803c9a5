import LoRaWAN

// A session that several network servers know.
extension DeviceSession {
    /// Downlink counters from here on may not be used.
    var ceiling: UInt32 {
        switch sending {
        case .freely: .max
        case .below(let ceiling): ceiling
        case .not: 0
        }
    }

    /// No downlink counter that was ever used is as high as this.
    package var reservedCounters: UInt32 { max(networkCounter.reserved, applicationCounter.reserved) }

    /// The same session as it may be continued here: with counters from `first` on.
    package func sending(_ sending: Sending, from first: UInt32 = 0) -> DeviceSession {
        var session = self
        session.sending = sending
        session.networkCounter.skip(to: first)
        session.applicationCounter.skip(to: first)
        return session
    }

    /// This session, with what was heard of it elsewhere too.
    package func heard(_ other: UplinkSession) -> DeviceSession {
        guard other.devAddr == uplink.devAddr, other.keys == uplink.keys, let counter = other.lastCounter,
            uplink.lastCounter.map({ counter > $0 }) ?? true
        else { return self }
        var session = self
        session.uplink.lastCounter = counter
        session.uplink.lastMark = other.lastMark
        session.isHeard = true
        return session
    }

    /// Changes with all that another server must know to go on with the session, and not with each frame.
    package var shape: UInt64 {
        var steady = self
        steady.uplink.lastCounter = nil
        steady.uplink.lastMark = nil
        steady.uplink.confirmedDownlinkCounter = 0
        (steady.networkCounter, steady.applicationCounter) = (DownlinkCounter(), DownlinkCounter())
        (steady.history, steady.attempts, steady.pending) = ([], [], [])
        (steady.battery, steady.margin, steady.awaited, steady.lastRejoinCount0) = (nil, nil, nil, nil)
        // FNV-1a: what it guards against is accident.
        return steady.encoded().reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

extension JoinState {
    /// What two servers remember of one device's joins, together.
    package func merged(with other: JoinState) -> JoinState {
        var merged = self
        merged.nextJoinNonce = max(nextJoinNonce, other.nextJoinNonce)
        let known = Set(usedNonces)
        merged.usedNonces = Array(
            (other.usedNonces.filter { !known.contains($0) } + usedNonces).suffix(Self.maximumNonces))
        merged.lastNonce = [lastNonce, other.lastNonce].compactMap(\.self).max()
        merged.lastRejoinCount1 = [lastRejoinCount1, other.lastRejoinCount1].compactMap(\.self).max()
        merged.joinEUI = joinEUI ?? other.joinEUI
        merged.verifiedKey = verifiedKey ?? other.verifiedKey
        return merged
    }
}
