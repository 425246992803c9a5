import EdgeModel
import EdgeStore
import LoRaWAN

/// A frame after its form was recognised, before any key.
enum DecodedFrame {
    case hubble(serviceData: [UInt8])
    case uplink(Uplink)
    case joinRequest(JoinRequest)
    case rejoinRequest(RejoinRequest)
    /// An uplink with MAC commands both in FOpts and on FPort 0.
    case commandsTwice(DevAddr)
    /// A LoRaWAN frame that is kept for whoever can use it.
    case kept(RawFrame.Kind, lookup: UInt64)
    case rejected(Outcome)
}

/// What became of a sighting. Each is counted.
enum Outcome: String, CaseIterable {
    case recorded
    case repeated
    /// No key here opens it: kept raw.
    case stranger
    /// A key was found by the identifier and did not fit.
    case tagMismatch = "tag_mismatch"
    case malformed
    case unknownVersion = "unknown_version"
    /// LoRaWAN MAC commands only: no packet.
    case macOnly = "mac_only"
    /// LoRaWAN: authentic, with a counter that was passed; nothing stored that it repeats.
    case oldCounter = "old_counter"
    case counterGap = "counter_gap"
    /// A registered device asks for a LoRaWAN session: the network server's business.
    case join
    /// Not an uplink: another network's downlink, for instance.
    case notUplink = "not_uplink"
    /// Uploaded by one organization for a device of another, and not authentic.
    case foreignPlain = "foreign_plain"
    /// Raw frames come faster than they are kept.
    case strangerDropped = "stranger_dropped"
}

/// A message that a key opened, or that was sent in clear by a registered device.
struct Message {
    var id: UniqueID
    var device: DeviceHandle
    var platform: Platform
    var protection: Packet.Protection
    var payload: [UInt8]
    var counter: UInt32?
    var sequenceNumber: UInt32?
    var fPort: UInt8?
    /// Old by its counter: worth something only if it repeats what is stored.
    var isRepeatOnly = false
}

/// What opening one frame gave.
enum Opening {
    case message(Message)
    case stranger(RawFrame.Kind, lookup: UInt64)
    case ended(Outcome)
}
