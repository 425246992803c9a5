/// A data frame, up or down, as it travels: FOpts and FRMPayload are encrypted where the version
/// says so (LoRaWAN 1.1, section 4.3).
package struct DataFrame: Hashable, Sendable {
    package let header: MHDR
    package let devAddr: DevAddr
    package let control: FrameControl
    /// FCnt: the 16 least significant bits of the frame counter.
    package let counter: UInt16
    /// 0 to 15 bytes.
    package let fOpts: [UInt8]
    package let fPort: UInt8?
    /// Empty when there is no FPort.
    package let frmPayload: [UInt8]
    package var mic: MIC

    package var direction: Direction {
        switch header.messageType {
        case .unconfirmedDataDown, .confirmedDataDown: .down
        default: .up
        }
    }

    package var isConfirmed: Bool {
        header.messageType == .confirmedDataUp || header.messageType == .confirmedDataDown
    }

    /// MHDR, DevAddr, FCtrl, FCnt and MIC.
    package static let minimumLength = 12
    /// What FCtrl can count.
    package static let maximumFOpts = 15

    /// Lengths and the exclusion of FOpts by FPort 0 are checked, nothing is verified.
    package init(decoding bytes: [UInt8]) throws(FrameError) {
        guard bytes.count <= 255 else { throw .tooLong }
        guard bytes.count >= Self.minimumLength else { throw .truncated }
        var reader = ByteReader(bytes)
        guard let first = reader.byte(), let address = reader.uint32(), let control = reader.byte(),
            let counter = reader.uint16()
        else { throw .truncated }
        header = MHDR(rawValue: first)
        switch header.messageType {
        case .unconfirmedDataUp, .unconfirmedDataDown, .confirmedDataUp, .confirmedDataDown: break
        case .joinRequest, .joinAccept, .rejoinRequest, .proprietary: throw .otherType
        }
        devAddr = DevAddr(rawValue: address)
        self.control = FrameControl(rawValue: control)
        self.counter = counter
        let body = reader.remaining - 4
        guard body >= self.control.fOptsLength, let options = reader.take(self.control.fOptsLength) else {
            throw .truncated
        }
        fOpts = Array(options)
        fPort = body > fOpts.count ? reader.byte() : nil
        guard let payload = reader.take(reader.remaining - 4), let mic = reader.uint32() else {
            throw .truncated
        }
        if fPort == 0, !fOpts.isEmpty { throw .commandsTwice }
        frmPayload = Array(payload)
        self.mic = MIC(rawValue: mic)
    }

    /// A frame that has no MIC yet. `fOpts` beyond fifteen bytes, or together with port 0, and
    /// frames of more than 255 bytes are refused.
    init(
        type: MessageType, devAddr: DevAddr, control: FrameControl, counter: UInt16, fOpts: [UInt8],
        fPort: UInt8?, frmPayload: [UInt8]
    ) throws(FrameError) {
        guard fOpts.count <= Self.maximumFOpts,
            Self.minimumLength + fOpts.count + 1 + frmPayload.count <= 255
        else { throw .tooLong }
        if fPort == 0, !fOpts.isEmpty { throw .commandsTwice }
        header = MHDR(type)
        self.devAddr = devAddr
        var control = control
        control.fOptsLength = fOpts.count
        self.control = control
        self.counter = counter
        self.fOpts = fOpts
        self.fPort = fPort
        self.frmPayload = fPort == nil ? [] : frmPayload
        mic = MIC(rawValue: 0)
    }

    /// Everything but the MIC: what the MIC is computed over.
    package var message: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(Self.minimumLength + fOpts.count + 1 + frmPayload.count)
        out.append(header.rawValue)
        out.append(littleEndian: devAddr.rawValue, count: 4)
        out.append(control.rawValue)
        out.append(littleEndian: counter, count: 2)
        out += fOpts
        if let fPort {
            out.append(fPort)
            out += frmPayload
        }
        return out
    }

    package var bytes: [UInt8] {
        var out = message
        out.append(littleEndian: mic.rawValue, count: 4)
        return out
    }
}
