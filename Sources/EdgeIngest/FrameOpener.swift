import EdgeModel
import EdgeNetwork
import EdgeStore
import HubbleAdvertising
import LoRaNetwork
import LoRaWAN

/// What a message told about its device that the registry did not know.
struct Lesson {
    var place: Int32
    var scheme: KnownScheme
    var platform: Platform
}

/// What opening a frame brought to light beside its message.
struct Findings {
    var lesson: Lesson?
    /// What the network server is to hear of it, once everything is recorded.
    var network: HeardFrame.Content?
    /// Why a frame with the address of a device here was not taken.
    var refused: (refusal: UplinkRefusal, device: DeviceHandle?)?
}

/// Opens decoded frames with the key ring: the second step of the pipeline.
struct FrameOpener {
    /// Steps of reception time in which equal unencrypted messages are one packet.
    let window: Duration

    /// `received` is the time of reception; `findings` gets what is to be remembered or passed on.
    func open(
        _ frame: DecodedFrame, received: Timestamp, with ring: inout KeyRing, findings: inout Findings
    ) -> Opening {
        switch frame {
        case .hubble(let serviceData):
            let outcome = ring.open(serviceData)
            return opening(of: outcome, serviceData, received: received, ring, findings: &findings)
        case .uplink(let uplink): return open(uplink, with: &ring, findings: &findings)
        case .joinRequest(let request):
            guard let place = ring.place(of: EUI64(rawValue: request.devEUI.rawValue)),
                let entry = ring[place]
            else { return .stranger(.lorawanJoin, lookup: request.devEUI.rawValue) }
            findings.network = .joinRequest(entry.handle, request)
            return .ended(.join)
        case .rejoinRequest(let request):
            guard let place = ring.place(of: EUI64(rawValue: request.devEUI.rawValue)),
                let entry = ring[place]
            else { return .stranger(.lorawanOther, lookup: 0) }
            findings.network = .rejoinRequest(entry.handle, request)
            return .ended(.join)
        case .commandsTwice(let address):
            if ring.sessions.knows(address) {
                findings.refused = (.commandsTwice, ring.sessions.soleDevice(at: address))
            }
            return .ended(.malformed)
        case .kept(let kind, let lookup): return .stranger(kind, lookup: lookup)
        case .rejected(let outcome): return .ended(outcome)
        }
    }

    // MARK: Hubble

    func opening(
        of outcome: HubbleOutcome, _ serviceData: [UInt8], received: Timestamp, _ ring: KeyRing,
        findings: inout Findings
    ) -> Opening {
        switch outcome {
        case .opened(let packet):
            guard let entry = ring[packet.candidate.deviceIndex] else { return .ended(.stranger) }
            let scheme = KnownScheme(packet.candidate)
            if entry.scheme != scheme || entry.platform != .ble {
                findings.lesson = Lesson(place: packet.candidate.deviceIndex, scheme: scheme, platform: .ble)
            }
            return .message(message(packet, entry, received: received))
        case .unencrypted(let packet):
            let networkID = packet.networkID.rawValue
            guard let entry = ring.device(networkID: networkID) else {
                return .stranger(.hubbleUnencrypted, lookup: networkID)
            }
            return .message(message(packet, entry, received: received))
        case .noKey, .tagMismatch:
            // A tag that does not fit may be a collision with a device that is not registered yet.
            guard let eid = Self.eid(of: serviceData) else { return .ended(.malformed) }
            return .stranger(eid.kind == .counterMode ? .hubbleCTR : .hubbleEAX, lookup: eid.rawValue)
        case .unknownVersion(let version): return .stranger(.hubbleUnknown, lookup: UInt64(version))
        case .malformed: return .ended(.malformed)
        }
    }

    private static func eid(of serviceData: [UInt8]) -> EphemeralID? {
        switch try? HubbleServiceData(serviceData) {
        case .counterMode(let packet): packet.eid
        case .eax(let packet): packet.eid
        case .unencrypted, .unknown, nil: nil
        }
    }

    private func message(_ packet: OpenedPacket, _ entry: KeyRing.Entry, received: Timestamp) -> Message {
        let candidate = packet.candidate
        let isEAX = candidate.exponent != nil
        let id = PacketIdentity.hubble(
            version: isEAX ? EAXPacket.version : CounterModePacket.version, device: DeviceID(entry.id),
            counter: candidate.counter.rawValue, sequenceNumber: packet.number.rawValue,
            tag: packet.tag.rawValue, day: candidate.source == .deviceUptime ? received.day : nil)
        return Message(
            id: id, device: entry.handle, platform: .ble, protection: .decrypted,
            payload: packet.payload, counter: candidate.reportedCounter,
            sequenceNumber: UInt32(packet.number.rawValue))
    }

    private func message(_ packet: UnencryptedPacket, _ entry: KeyRing.Entry, received: Timestamp) -> Message
    {
        let id = PacketIdentity.hubbleUnencrypted(
            networkID: packet.networkID.rawValue, payload: packet.payload,
            windowNumber: received.microseconds.dividedFlooring(by: max(1, window.microseconds)))
        return Message(
            id: id, device: entry.handle, platform: .ble, protection: .unencrypted,
            payload: packet.payload, counter: nil, sequenceNumber: nil)
    }

    // MARK: LoRaWAN

    private func open(_ uplink: Uplink, with ring: inout KeyRing, findings: inout Findings) -> Opening {
        let frame = uplink.frame
        let stranger = Opening.stranger(.lorawanData, lookup: UInt64(frame.devAddr.rawValue))
        switch ring.sessions.receive(frame, radio: uplink.radio) {
        case .unknownAddress: return stranger
        case .micMismatch:
            findings.refused = (.micMismatch, ring.sessions.soleDevice(at: frame.devAddr))
            return stranger
        case .notUplink: return .ended(.notUplink)
        case .authenticated(let device, let id, let outcome):
            guard let place = ring.place(of: device), let entry = ring[place],
                let session = ring.sessions[device: device, session: id]
            else { return stranger }
            if entry.platform != .lorawan {
                findings.lesson = Lesson(place: place, scheme: entry.scheme, platform: .lorawan)
            }
            let mic = Self.mic(frame, session)
            switch outcome {
            case .accepted(let opened):
                findings.network = .uplink(device, id, opened, session, isRepetition: false)
                return message(opened, mic: mic, frame, entry, isRepeatOnly: false)
            case .retransmission(let opened):
                findings.network = .uplink(device, id, opened, session, isRepetition: true)
                return message(opened, mic: mic, frame, entry, isRepeatOnly: false)
            case .stale(let opened):
                findings.refused = (.counterPassed(opened.counter.rawValue), device)
                return message(opened, mic: mic, frame, entry, isRepeatOnly: true)
            case .gapTooLarge(let counter):
                findings.refused = (.gapTooLarge(counter.rawValue), device)
                return .ended(.counterGap)
            case .micMismatch: return stranger
            }
        }
    }

    /// The part of the MIC that stays when a device repeats a frame on another channel: all of it in
    /// LoRaWAN 1.0, the half under FNwkSIntKey in 1.1.
    private static func mic(_ frame: DataFrame, _ session: UplinkSession) -> UInt32 {
        session.keys.version == .v11 ? frame.mic.rawValue >> 16 : frame.mic.rawValue
    }

    private func message(
        _ uplink: OpenedUplink, mic: UInt32, _ frame: DataFrame, _ entry: KeyRing.Entry, isRepeatOnly: Bool
    ) -> Opening {
        guard let fPort = uplink.fPort, fPort != 0 else { return .ended(.macOnly) }
        let id = PacketIdentity.lorawan(
            device: DeviceID(entry.id), devAddr: frame.devAddr.rawValue,
            frameCounter: uplink.counter.rawValue, mic: mic)
        return .message(
            Message(
                id: id, device: entry.handle, platform: .lorawan, protection: .decrypted,
                payload: uplink.payload, counter: nil, sequenceNumber: uplink.counter.rawValue,
                fPort: fPort, isRepeatOnly: isRepeatOnly))
    }
}

extension KnownScheme {
    /// What an opened packet proves.
    init(_ candidate: EphemeralIDCandidate) {
        self = candidate.exponent.map { .eax($0) } ?? .counterMode(candidate.source)
    }
}
