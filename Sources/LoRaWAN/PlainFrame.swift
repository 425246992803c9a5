/// A data frame in the clear, to be sealed: by the simulator as a device, by the network server
/// as a downlink.
package struct PlainFrame: Hashable, Sendable {
    package var devAddr: DevAddr
    package var isConfirmed = false
    package var control = FrameControl()
    package var counter: FrameCounter
    /// MAC commands beside the payload: at most fifteen bytes, and none with port 0.
    package var fOpts: [UInt8] = []
    /// Nil sends no payload.
    package var fPort: UInt8?
    package var payload: [UInt8] = []

    package init(
        devAddr: DevAddr, isConfirmed: Bool = false, control: FrameControl = FrameControl(),
        counter: FrameCounter, fOpts: [UInt8] = [], fPort: UInt8?, payload: [UInt8] = []
    ) {
        self.devAddr = devAddr
        self.isConfirmed = isConfirmed
        self.control = control
        self.counter = counter
        self.fOpts = fOpts
        self.fPort = fPort
        self.payload = payload
    }

    /// Encrypts and signs as a device does. `context` matters in 1.1 only.
    package func sealUplink(
        keys: SessionKeys, context: UplinkMICContext = UplinkMICContext(dataRate: 0, channel: 0)
    ) throws(FrameError) -> DataFrame {
        var frame = try encrypted(isConfirmed ? .confirmedDataUp : .unconfirmedDataUp, .up, keys)
        frame.mic =
            switch keys.version {
            case .v10: frame.forwardingMIC(key: keys.fNwkSIntKey, counter: counter)
            case .v11:
                frame.uplinkMIC(
                    fNwkSIntKey: keys.fNwkSIntKey, sNwkSIntKey: keys.sNwkSIntKey, counter: counter,
                    context: context)
            }
        return frame
    }

    /// Encrypts and signs as a network server does. `confirmedCounter`: see `verifyDownlink`.
    package func sealDownlink(
        keys: SessionKeys, confirmedCounter: UInt16 = 0
    ) throws(FrameError) -> DataFrame {
        var frame = try encrypted(isConfirmed ? .confirmedDataDown : .unconfirmedDataDown, .down, keys)
        frame.mic = frame.downlinkMIC(keys: keys, counter: counter, confirmedCounter: confirmedCounter)
        return frame
    }

    private func encrypted(
        _ type: MessageType, _ direction: Direction, _ keys: SessionKeys
    ) throws(FrameError) -> DataFrame {
        var options = fOpts
        if keys.version == .v11 {
            options = DataFrame.crypt(
                fOpts, key: keys.nwkSEncKey, direction: direction, devAddr: devAddr, counter: counter,
                usage: DataFrame.fOptsUsage(direction: direction, hasApplicationPort: (fPort ?? 0) > 0))
        }
        let sealed = DataFrame.crypt(
            payload, key: keys.payloadKey(fPort: fPort ?? 1), direction: direction, devAddr: devAddr,
            counter: counter)
        return try DataFrame(
            type: type, devAddr: devAddr, control: control, counter: counter.wire, fOpts: options,
            fPort: fPort, frmPayload: sealed)
    }
}
