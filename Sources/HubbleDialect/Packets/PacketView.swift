import EdgeHTTP
import EdgeModel

/// A packet as it is shown: flat as in the reference, and nested as the official clients read it.
struct PacketView {
    let entry: PacketEntry
    /// The Base64 that it was opened from, echoed to who asked for that.
    var advertisement: String?
    /// One form only, for receivers behind a narrow link.
    var shape = Webhook.Shape.both

    static let schema: Schema = {
        let place = Schema.whole([
            .init("latitude", .nullable(.number)), .init("longitude", .nullable(.number)),
            .init("accuracy", .nullable(.number), "Metres"),
        ])
        let location = Schema.whole([
            .init("latitude", .number), .init("longitude", .number),
            .init("horizontal_accuracy", .nullable(.number), "Metres"), .init("altitude", .nullable(.number)),
        ])
        let device = Schema.whole([
            .init("id", .text), .init("name", .text), .init("tags", .map(.text)), .init("payload", .text),
            .init("timestamp", .number), .init("rssi", .nullable(.integer())),
            .init("counter", .nullable(.integer())),
            .init("sequence_number", .nullable(.integer())),
        ])
        return .named(
            "Packet",
            .object(
                [
                    .init("packet_id", .text), .init("device_id", .nullable(.text)),
                    .init("payload", .text, "Base64"),
                    .init("sequence_number", .nullable(.integer())), .init("received_at", .time),
                    .init("gateway_id", .text),
                    .init("rssi", .nullable(.integer()), "dBm"),
                    .init("snr", .nullable(.number), "dB; LoRaWAN"),
                    .init("metadata", place),
                    .init("status", .string(values: ["decrypted", "unencrypted", "undecrypted"])),
                    .init("platform", .text), .init("f_port", .nullable(.integer())),
                    .init("receptions", .array(ReceptionView.schema)),
                    .init("device", .nullable(device)), .init("location", location),
                    .init("gateway", .object([.init("gateway_id", .text)])),
                ] + DecodingView.properties,
                required: [
                    "packet_id", "device_id", "payload", "sequence_number", "received_at", "gateway_id",
                    "rssi", "snr",
                    "metadata", "status", "platform", "receptions", "device",
                ]))
    }()

    func write(to json: inout JSONWriter) {
        let isUsual = shape == .both && advertisement == nil
        let text =
            isUsual
            ? entry.rendering { entry in Self.text { PacketView(entry: entry).render(to: &$0) } } : nil
        guard let text else { return render(to: &json) }
        json.verbatim(text)
    }

    private func render(to json: inout JSONWriter) {
        let label = entry.label.rendering(Self.label)
        json.open("{")
        if shape != .openapi { writeFlat(label, to: &json) }
        if shape != .seed { writeNested(label, to: &json) }
        if let decoding = entry.decoding { DecodingView(decoding: decoding).writeMembers(to: &json) }
        if let advertisement { json.object("advertisement") { $0.field("payload", advertisement) } }
        json.close("}")
    }

    private func writeFlat(_ label: DeviceLabel.Rendering, to json: inout JSONWriter) {
        json.key("packet_id")
        json.value(entry.packet.id)
        json.key("device_id")
        json.verbatim(label.id)
        json.key("payload")
        json.base64(entry.packet.payload)
        json.field("sequence_number", entry.packet.sequenceNumber.map(Int.init))
        json.field("received_at", entry.packet.receivedAt)
        json.field("gateway_id", entry.packet.best.gateway.rawValue)
        json.field("rssi", entry.packet.best.rssi.map { Int($0.dBm) })
        json.field("snr", entry.packet.best.snr)
        writePlace(entry.packet.best.location, to: &json)
        json.field("status", entry.packet.protection.name)
        json.field("platform", entry.packet.platform.name)
        if entry.packet.platform == .lorawan { json.field("f_port", entry.packet.fPort.map(Int.init)) }
        if entry.packet.clockQuality == .none { json.field("clock", "unsynced") }
        json.key("receptions")
        json.open("[")
        ReceptionView(reception: entry.packet.best).write(to: &json)
        for other in entry.packet.others { ReceptionView(reception: other).write(to: &json) }
        json.close("]")
    }

    private func writeNested(_ label: DeviceLabel.Rendering, to json: inout JSONWriter) {
        writeDevice(label, to: &json)
        writeLocation(entry.packet.best.location, to: &json)
        json.key("gateway")
        json.open("{")
        json.field("gateway_id", entry.packet.best.gateway.rawValue)
        json.close("}")
    }

    private func writeDevice(_ label: DeviceLabel.Rendering, to json: inout JSONWriter) {
        json.key("device")
        json.open("{")
        json.key("id")
        json.verbatim(label.id)
        json.key("name")
        json.verbatim(label.name)
        json.key("tags")
        json.open("{")
        if !label.tags.isEmpty { json.verbatim(label.tags) }
        json.key(dynamic: Device.platformTag)
        json.value(entry.packet.platform.name)
        json.close("}")
        json.key("payload")
        json.base64(entry.packet.payload)
        json.key("timestamp")
        json.seconds(entry.packet.receivedAt)
        json.field("rssi", entry.packet.best.rssi.map { Int($0.dBm) } ?? 0)
        json.field("counter", entry.packet.counter.map(Int.init))
        json.field("sequence_number", entry.packet.sequenceNumber.map(Int.init))
        json.close("}")
    }

    /// The official client dereferences `location`, so it is an object also when nobody knows.
    private func writeLocation(_ location: Location?, to json: inout JSONWriter) {
        guard let location else {
            json.key("location")
            return json.verbatim(Self.nowhere)
        }
        json.object("location") {
            $0.field("latitude", location.latitude)
            $0.field("longitude", location.longitude)
            $0.field("horizontal_accuracy", location.accuracy)
            $0.field("altitude", location.altitude)
        }
    }

    private func writePlace(_ location: Location?, to json: inout JSONWriter) {
        json.key("metadata")
        guard let location else { return json.verbatim(Self.unknownPlace) }
        json.object { $0.place(location) }
    }

    private static let nowhere = text { json in
        json.object {
            $0.field("latitude", 0.0)
            $0.field("longitude", 0.0)
            $0.field("horizontal_accuracy", Double?.none)
            $0.field("altitude", Double?.none)
        }
    }
    private static let unknownPlace = text { json in json.object { $0.place(nil) } }

    /// What all packets of a device say of it.
    private static func label(_ label: DeviceLabel) -> DeviceLabel.Rendering {
        DeviceLabel.Rendering(
            id: text { $0.value(label.id.rawValue) }, name: text { $0.value(label.name) },
            tags: text { json in
                for tag in label.tags {
                    json.key(dynamic: tag.name)
                    json.value(tag.value)
                }
            })
    }

    private static func text(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        body(&json)
        return json.text
    }
}

/// What one gateway heard of a packet.
struct ReceptionView {
    let reception: Reception

    static let schema = Schema.whole([
        .init("gateway_id", .text), .init("rssi", .nullable(.integer())), .init("snr", .nullable(.number)),
        .init("received_at", .time), .init("last_received_at", .time), .init("count", .integer(minimum: 1)),
    ])

    func write(to json: inout JSONWriter) {
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

extension JSONWriter {
    /// Where a receiver stood: null for what nobody knows.
    mutating func place(_ location: Location?) {
        field("latitude", location?.latitude)
        field("longitude", location?.longitude)
        field("accuracy", location?.accuracy)
    }
}
