import EdgeHTTP
import EdgeModel

/// A frame that no registered key opens, with the members of a packet: its payload is the frame itself,
/// and it has no device.
struct UnopenedFrameView {
    let frame: UnopenedFrame

    func write(to json: inout JSONWriter) {
        let reception = frame.reception
        json.object { json in
            json.key("packet_id")
            json.value(frame.id)
            json.field("device_id", String?.none)
            json.key("payload")
            json.base64(frame.bytes)
            json.field("sequence_number", Int?.none)
            json.field("received_at", reception.firstAt)
            json.field("gateway_id", reception.gateway.rawValue)
            json.field("rssi", reception.rssi.map { Int($0.dBm) })
            json.field("snr", reception.snr)
            json.object("metadata") { $0.place(reception.location) }
            json.field("status", "undecrypted")
            json.field("platform", frame.platform.name)
            if frame.clockQuality == .none { json.field("clock", "unsynced") }
            json.array("receptions", [reception]) { ReceptionView(reception: $1).write(to: &$0) }
            json.field("device", String?.none)
        }
    }
}
