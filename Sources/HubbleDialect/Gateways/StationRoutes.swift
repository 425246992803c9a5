import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// The stations that hear for this gateway: adapters, packet forwarders, uploading gateways.
struct StationRoutes {
    let core: EdgeCore

    var routes: [Route] { [list].about("Gateways") }

    private static let station: Schema = {
        let location = Schema.whole([
            .init("latitude", .number), .init("longitude", .number),
            .init("altitude", .nullable(.number), "Metres"),
        ])
        let channel = Schema.whole([
            .init("frequency", .integer(minimum: 0), "Hertz"), .init("data_rate", .text),
            .init("packets", .integer(minimum: 1)),
        ])
        let counter = Schema.integer(minimum: 0)
        let statistics = Schema.whole([
            .init("received", counter), .init("received_crc_ok", counter), .init("forwarded", counter),
            .init("downlinks_received", counter), .init("downlinks_sent", counter),
            .init("acknowledged_percent", .nullable(.number)),
            .init("temperature", .nullable(.number), "Degrees Celsius"),
        ])
        let duplicate = Schema.whole([
            .init("addresses", .array(.text), "That take turns to ask for downlinks"), .init("since", .time),
        ])
        return .whole([
            .init("gateway_id", .text),
            .init("kind", .string(values: ["bluetooth_adapter", "packet_forwarder", "uploader"])),
            .init("last_seen_at", .time), .init("seconds_since_seen", .number),
            .init("location", .nullable(location)), .init("remote_address", .nullable(.text)),
            .init("time_source", .nullable(.text), "gps, clock or none; null before the first packet"),
            .init("keepalive_seconds", .nullable(.number), "Between the last two PULL_DATA"),
            .init(
                "duplicate", .nullable(duplicate),
                "Two gateways call themselves by its EUI; null while one does"),
            .init("statistics", statistics, "As it reports them, since the start"),
            .init("channels", .array(channel, maximum: ChannelCounts.limit)),
            .init("other_channels", counter, "Packets on channels beyond those"),
        ])
    }()

    private var list: Route {
        Route(
            .get, "/api/org/{org_id}/gateways/stations", "/v1/org/{org_id}/gateways/stations",
            access: .permitted(Permission(.devices, .read)), summary: "List receiving stations",
            description: "Those that were heard since the gateway started, with what they heard where.",
            responses: [
                .init(
                    200, "All of them",
                    .whole([.init("stations", .array(Self.station))]).example(GatewayExamples.stations))
            ] + CommonResponses.errors()
        ) { [core] call in
            let stations = try core.gateways.stations(call.organization)
            let now = core.clock.now().monotonic
            return .json(size: 2_048 * (stations.count + 1)) { json in
                json.object { json in
                    json.array("stations", stations) { json, station in
                        json.object { Self.write(station, at: now, to: &$0) }
                    }
                }
            }
        }
    }

    private static func write(_ station: GatewayStatus, at now: MonotonicInstant, to json: inout JSONWriter) {
        json.field("gateway_id", station.id.rawValue)
        json.field("kind", station.kind.name)
        json.field("last_seen_at", station.lastSeen.wall)
        json.field("seconds_since_seen", now.since(station.lastSeen.monotonic).seconds)
        json.key("location")
        if let location = station.location {
            json.object {
                $0.field("latitude", location.latitude)
                $0.field("longitude", location.longitude)
                $0.field("altitude", location.altitude)
            }
        } else {
            json.null()
        }
        json.field("remote_address", station.remoteAddress)
        json.field("time_source", station.timeSource?.rawValue)
        json.field("keepalive_seconds", station.keepaliveInterval?.seconds)
        json.key("duplicate")
        if let duplicate = station.duplicate {
            json.object { json in
                json.array("addresses", duplicate.addresses) { $0.value($1) }
                json.field("since", duplicate.since)
            }
        } else {
            json.null()
        }
        json.object("statistics") { write(station.statistics, to: &$0) }
        json.array("channels", station.channels.sorted) { json, each in
            json.object {
                $0.field("frequency", Int(each.channel.frequency))
                $0.field("data_rate", each.channel.dataRate)
                $0.field("packets", each.packets)
            }
        }
        json.field("other_channels", station.channels.others)
    }

    private static func write(_ statistics: GatewayStatus.Statistics, to json: inout JSONWriter) {
        json.field("received", statistics.received)
        json.field("received_crc_ok", statistics.receivedWithValidCRC)
        json.field("forwarded", statistics.forwarded)
        json.field("downlinks_received", statistics.downlinksReceived)
        json.field("downlinks_sent", statistics.downlinksSent)
        json.field("acknowledged_percent", statistics.acknowledgedPercent)
        json.field("temperature", statistics.temperature)
    }
}

extension Duration {
    /// To the millisecond.
    fileprivate var seconds: Double { (self / .milliseconds(1)).rounded() / 1_000 }
}
