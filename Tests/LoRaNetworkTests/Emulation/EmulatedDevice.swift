import LoRaNetwork
import LoRaWAN

/// A device of ours, as the specification tells a device to be: it knows nothing of the server but
/// what comes out of the air, and verifies that itself.
struct EmulatedDevice {
    let devEUI: DevEUI
    let joinEUI = JoinEUI(rawValue: 0x70B3_D57E_D000_0001)
    let version: LoRaWANVersion
    let region: Region
    let appKey: AESKey
    /// Set for a 1.1 device.
    let nwkKey: AESKey?

    var radio: EmulatedRadio
    var session: Session?
    var devNonce: UInt16 = 0
    var rejoinCount1: UInt16 = 0
    /// Commands for the next uplink.
    var answers: [UplinkCommand] = []
    /// Repeated in every uplink until a downlink comes.
    var stickyAnswers: [UplinkCommand] = []
    /// What came, in its order.
    var received: [Received] = []
    var lastUplink: SentUplink?
    var adr = true
    /// What a device does with DevStatusReq.
    var battery: UInt8 = 200
    /// Refuses LinkADRReq beyond this data rate.
    var fastest: UInt8?

    struct Session {
        var devAddr: DevAddr
        var keys: SessionKeys
        var fCntUp: UInt32 = 0
        /// The next counters that are new.
        var networkDown: UInt32 = 0
        var applicationDown: UInt32 = 0
        /// The counter of a confirmed downlink that wants its acknowledgement.
        var toAcknowledge: UInt16?
        var lastConfirmedUp: UInt16 = 0
        var rejoinCount0: UInt16 = 0
        var hasJustJoined = false
    }

    struct Received: Equatable {
        var fPort: UInt8?
        var payload: [UInt8]
        var isAck: Bool
        var isConfirmed: Bool
        var fPending: Bool
        var commands: [DownlinkCommand]
    }

    struct SentUplink {
        var bytes: [UInt8]
        var frequency: UInt32
        var dataRate: String
        var isJoin: Bool
    }

    init(
        number: UInt64, version: LoRaWANVersion = .v103, region: Region = .eu868, appKey: AESKey,
        nwkKey: AESKey? = nil
    ) {
        devEUI = DevEUI(rawValue: 0x70B3_D57E_D005_0000 + number)
        self.version = version
        self.region = region
        self.appKey = appKey
        self.nwkKey = nwkKey
        radio = EmulatedRadio(region: region, version: version)
    }

    // MARK: Up

    mutating func join(_ random: inout some RandomNumberGenerator) -> SentUplink {
        devNonce = version.countsDevNonces ? devNonce &+ 1 : UInt16.random(in: .min ... .max, using: &random)
        session = nil
        radio = EmulatedRadio(region: region, version: version)
        radio.dataRate = region.parameters.hasDwellTime ? 2 : 0
        let request = JoinRequest(
            joinEUI: joinEUI, devEUI: devEUI, devNonce: devNonce, rootKey: nwkKey ?? appKey)
        return send(request.bytes, isJoin: true, &random)
    }

    mutating func uplink(
        _ payload: [UInt8], fPort: UInt8 = 10, isConfirmed: Bool = false,
        commands: [UplinkCommand] = [], adrAckReq: Bool = false, _ random: inout some RandomNumberGenerator
    ) -> SentUplink? {
        guard var session else { return nil }
        var options = stickyAnswers + answers + commands
        if session.hasJustJoined, session.keys.version == .v11 { options.insert(.rekeyInd(minor: 1), at: 0) }
        while options.flatMap(\.encoded.bytes).count > 15 { options.removeLast() }
        answers = []
        let place = radio.pickChannel(&random)
        let plain = PlainFrame(
            devAddr: session.devAddr, isConfirmed: isConfirmed,
            control: FrameControl(adr: adr, adrAckReq: adrAckReq, ack: session.toAcknowledge != nil),
            counter: FrameCounter(rawValue: session.fCntUp), fOpts: options.flatMap(\.encoded.bytes),
            fPort: fPort, payload: payload)
        let context = UplinkMICContext(
            dataRate: radio.dataRate, channel: UInt8(place), confirmedCounter: session.toAcknowledge ?? 0)
        guard let frame = try? plain.sealUplink(keys: session.keys, context: context) else { return nil }
        session.lastConfirmedUp = FrameCounter(rawValue: session.fCntUp).wire
        session.fCntUp += 1
        session.toAcknowledge = nil
        self.session = session
        return send(frame.bytes, isJoin: false, on: place)
    }

    /// The same frame once more: NbTrans, or a confirmed one without its answer.
    func again() -> SentUplink? { lastUplink }

    private mutating func send(
        _ bytes: [UInt8], isJoin: Bool, _ random: inout some RandomNumberGenerator
    ) -> SentUplink {
        send(bytes, isJoin: isJoin, on: radio.pickChannel(&random))
    }

    private mutating func send(_ bytes: [UInt8], isJoin: Bool, on channel: Int) -> SentUplink {
        let sent = SentUplink(
            bytes: bytes, frequency: radio.frequency(of: channel),
            dataRate: region.parameters.dataRate(radio.dataRate)?.name ?? "", isJoin: isJoin)
        radio.lastChannel = channel
        lastUplink = sent
        return sent
    }

    // MARK: Down

    /// Microseconds after the end of the uplink, frequency and data rate of a window.
    func window(_ number: ReceiveWindow) -> (after: Int64, frequency: UInt32, dataRate: String)? {
        let base = lastUplink?.isJoin == true ? 5 : Int64(radio.rxDelay)
        let parameters = region.parameters
        if number == .rx1 {
            guard
                let rate = parameters.rx1DataRate(
                    uplink: radio.dataRate, offset: radio.rx1Offset, limitsDwell: radio.limitsDownlinkDwell,
                    revision: DeviceSettings(region: region, version: version).revision),
                let name = parameters.dataRate(rate)?.name, let frequency = radio.rx1Frequency
            else { return nil }
            return (base * 1_000_000, frequency, name)
        }
        guard let name = parameters.dataRate(radio.rx2DataRate)?.name else { return nil }
        return ((base + 1) * 1_000_000, radio.rx2Frequency, name)
    }

    /// A frame that fell into an open window; whether it was for this device.
    mutating func receive(_ bytes: [UInt8], isClassA: Bool = true) -> Bool {
        switch try? PHYPayload(decoding: bytes) {
        case .joinAccept(let sealed): return receive(sealed)
        case .data(let frame):
            let sticky = stickyAnswers
            guard receive(frame) else { return false }
            // Only a class A downlink shows that the answers have arrived.
            if !isClassA { stickyAnswers = sticky + stickyAnswers.filter { !sticky.contains($0) } }
            return true
        default: return false
        }
    }

    private mutating func receive(_ frame: DataFrame) -> Bool {
        guard var session, frame.direction == .down, frame.devAddr == session.devAddr else { return false }
        let isApplication = session.keys.version == .v11 && (frame.fPort ?? 0) > 0
        let expected = isApplication ? session.applicationDown : session.networkDown
        let counter = FrameCounter(
            rawValue: expected &+ UInt32(frame.counter &- UInt16(truncatingIfNeeded: expected)))
        guard
            frame.verifyDownlink(
                keys: session.keys, counter: counter, confirmedCounter: session.lastConfirmedUp)
        else { return false }
        if isApplication {
            session.applicationDown = counter.rawValue + 1
        } else {
            session.networkDown = counter.rawValue + 1
        }
        let payload = frame.openPayload(keys: session.keys, counter: counter)
        let options = frame.fPort == 0 ? payload : frame.openFOpts(keys: session.keys, counter: counter)
        let commands = MACCommand.split(options, direction: .down).commands.map(DownlinkCommand.init)
        if frame.isConfirmed { session.toAcknowledge = frame.counter }
        self.session = session
        received.append(
            Received(
                fPort: frame.fPort, payload: frame.fPort == 0 ? [] : payload, isAck: frame.control.ack,
                isConfirmed: frame.isConfirmed, fPending: frame.control.fPending, commands: commands))
        stickyAnswers = []
        obey(commands)
        return true
    }

    private mutating func receive(_ sealed: SealedJoinAccept) -> Bool {
        guard lastUplink?.isJoin == true, let sent = lastUplink else { return false }
        var requestType: UInt8 = 0xFF
        var nonce = devNonce
        var key = nwkKey ?? appKey
        if let nwkKey, case .rejoinRequest(let request)? = try? PHYPayload(decoding: sent.bytes) {
            requestType = request.kind.rawValue
            nonce = request.counter
            key = JoinKeys(nwkKey: nwkKey, devEUI: devEUI).jsEncKey
        }
        guard let (accept, mic) = try? sealed.open(key: key) else { return false }
        let keys: SessionKeys
        if accept.optNeg {
            guard let nwkKey else { return false }
            let jsIntKey = JoinKeys(nwkKey: nwkKey, devEUI: devEUI).jsIntKey
            guard
                accept.verify(
                    mic,
                    signature: .v11(
                        jsIntKey: jsIntKey, requestType: requestType, joinEUI: joinEUI, devNonce: nonce))
            else { return false }
            keys = SessionKeys(
                nwkKey: nwkKey, appKey: appKey, joinNonce: accept.joinNonce, joinEUI: joinEUI, devNonce: nonce
            )
        } else {
            guard accept.verify(mic, signature: .v10(key)) else { return false }
            keys = SessionKeys(
                appKey: key, joinNonce: accept.joinNonce, netID: accept.netID, devNonce: nonce)
        }
        if requestType != 2 { radio = radio.afterJoin(accept, version: version) }
        session = Session(devAddr: accept.devAddr, keys: keys, hasJustJoined: true)
        answers = []
        stickyAnswers = []
        return true
    }

    private mutating func obey(_ commands: [DownlinkCommand]) {
        session?.hasJustJoined = false
        var block: [DownlinkCommand.LinkADR] = []
        for (index, command) in commands.enumerated() {
            if case .linkADRReq(let request) = command {
                block.append(request)
                if commands.indices.contains(index + 1), case .linkADRReq = commands[index + 1] { continue }
                let answer = radio.take(block, fastest: fastest)
                let count = session?.keys.version == .v11 ? 1 : block.count
                answers += [UplinkCommand](repeating: answer, count: count)
                block = []
                continue
            }
            switch command {
            case .devStatusReq: answers.append(.devStatusAns(battery: battery, margin: -7))
            case .rxTimingSetupReq, .rxParamSetupReq, .txParamSetupReq, .dlChannelReq:
                stickyAnswers.append(contentsOf: radio.take(command))
            default: answers += radio.take(command)
            }
        }
    }

    mutating func rejoin(type: UInt8, netID: NetID, _ random: inout some RandomNumberGenerator) -> SentUplink?
    {
        guard let nwkKey, let keys = session?.keys, let count0 = session?.rejoinCount0 else { return nil }
        let kind: RejoinRequest.Kind =
            switch type {
            case 0: .reset(netID)
            case 1: .restore(joinEUI)
            default: .rekey(netID)
            }
        let key = type == 1 ? JoinKeys(nwkKey: nwkKey, devEUI: devEUI).jsIntKey : keys.sNwkSIntKey
        let request = RejoinRequest(
            kind, devEUI: devEUI, counter: type == 1 ? rejoinCount1 : count0, key: key)
        if type == 1 { rejoinCount1 += 1 } else { session?.rejoinCount0 += 1 }
        return send(request.bytes, isJoin: true, &random)
    }
}
