import EdgeHTTP
import EdgeModel

/// A packet as it is shown: flat as in the reference, and nested as the official clients read it.
struct PacketView {
    let entry: PacketEntry
    /// One form only, for receivers behind a narrow link.
    var shape = Webhook.Shape.both

    static let schema: Schema = {
        let place = Schema.object([
            .init("latitude", .nullable(.number)), .init("longitude", .nullable(.number)),
            .init("accuracy", .nullable(.number), "Metres"),
        ])
        let device = Schema.object([
            .init("id", .text), .init("name", .text), .init("tags", .map(.text)), .init("payload", .text),
            .init("timestamp", .number), .init("rssi", .nullable(.integer())),
            .init("counter", .nullable(.integer())),
            .init("sequence_number", .nullable(.integer())),
        ])
        let reception = Schema.object([
            .init("gateway_id", .text), .init("rssi", .nullable(.integer())),
            .init("snr", .nullable(.number)),
            .init("received_at", .time), .init("last_received_at", .time),
            .init("count", .integer(minimum: 1)),
        ])
        return .object([
            .init("packet_id", .text), .init("device_id", .text), .init("payload", .text, "Base64"),
            .init("sequence_number", .nullable(.integer())), .init("received_at", .time),
            .init("gateway_id", .text),
            .init("rssi", .nullable(.integer()), "dBm"), .init("snr", .nullable(.number), "dB; LoRaWAN"),
            .init("metadata", place), .init("status", .string(values: ["decrypted", "unencrypted"])),
            .init("platform", .text), .init("f_port", .nullable(.integer())),
            .init("receptions", .array(reception)),
            .init("device", device), .init("location", place),
            .init("gateway", .object([.init("gateway_id", .text)])),
        ])
    }()

    func write(to json: inout JSONWriter) {
        json.object { json in
            if shape != .openapi { writeFlat(to: &json) }
            if shape != .seed { writeNested(to: &json) }
        }
    }

    private func writeFlat(to json: inout JSONWriter) {
        let packet = entry.packet
        let best = packet.receptions.first
        json.key("packet_id")
        json.value(packet.id)
        json.field("device_id", packet.device.rawValue)
        json.key("payload")
        json.base64(packet.payload)
        json.field("sequence_number", packet.sequenceNumber.map(Int.init))
        json.field("received_at", packet.receivedAt)
        json.field("gateway_id", best?.gateway.rawValue)
        json.field("rssi", best?.rssi.map { Int($0.dBm) })
        json.field("snr", best?.snr)
        json.object("metadata") {
            $0.field("latitude", best?.location?.latitude)
            $0.field("longitude", best?.location?.longitude)
            $0.field("accuracy", best?.location?.accuracy)
        }
        json.field("status", packet.protection.name)
        json.field("platform", packet.platform.name)
        if packet.platform == .lorawan { json.field("f_port", packet.fPort.map(Int.init)) }
        if packet.clockQuality == .none { json.field("clock", "unsynced") }
        writeReceptions(to: &json)
    }

    private func writeNested(to json: inout JSONWriter) {
        let best = entry.packet.receptions.first
        let location = best?.location
        writeDevice(best, to: &json)
        // The official client dereferences it, so it is an object also when nobody knows.
        json.object("location") {
            $0.field("latitude", location?.latitude ?? 0)
            $0.field("longitude", location?.longitude ?? 0)
            $0.field("horizontal_accuracy", location?.accuracy)
            $0.field("altitude", location?.altitude)
        }
        json.object("gateway") { $0.field("gateway_id", best?.gateway.rawValue) }
    }

    private func writeReceptions(to json: inout JSONWriter) {
        json.array("receptions", entry.packet.receptions) { json, reception in
            json.object { json in
                json.field("gateway_id", reception.gateway.rawValue)
                json.field("rssi", reception.rssi.map { Int($0.dBm) })
                json.field("snr", reception.snr)
                json.field("received_at", reception.firstAt)
                json.field("last_received_at", reception.lastAt)
                json.field("count", reception.count)
                if let frequency = reception.frequency { json.field("frequency", Int(frequency)) }
                if let dataRate = reception.dataRate { json.field("data_rate", dataRate) }
            }
        }
    }

    private func writeDevice(_ best: Reception?, to json: inout JSONWriter) {
        let packet = entry.packet
        json.object("device") { json in
            json.field("id", packet.device.rawValue)
            json.field("name", entry.label.name)
            json.object("tags") { json in
                for tag in entry.label.tags {
                    json.key(dynamic: tag.name)
                    json.value(tag.value)
                }
                json.key(dynamic: Device.platformTag)
                json.value(packet.platform.name)
            }
            json.key("payload")
            json.base64(packet.payload)
            json.key("timestamp")
            json.seconds(packet.receivedAt)
            json.field("rssi", best?.rssi.map { Int($0.dBm) } ?? 0)
            json.field("counter", packet.counter.map(Int.init))
            json.field("sequence_number", packet.sequenceNumber.map(Int.init))
        }
    }
}
