import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// Data for LoRaWAN devices: queue, list, read, take back.
struct DownlinkRoutes {
    let core: EdgeCore

    var routes: [Route] { [queue, list, read, cancel, cancelAll].about("Downlinks") }

    private static let all = "/api/org/{org_id}/devices/{device_id}/downlinks"
    private static let allAlias = "/v1/org/{org_id}/devices/{device_id}/downlinks"
    private static let one = all + "/{downlink_id}"
    private static let oneAlias = allAlias + "/{downlink_id}"

    private var queue: Route {
        Route(
            .post, Self.all, Self.allAlias, access: .permitted(Permission(.devices, .write)),
            summary: "Queue a downlink",
            description: """
                A class A device gets it after its next uplink, a class C device at once. Confirmed ones are \
                sent again until the device acknowledges them.
                """,
            request: DownlinkBody.schema.example(DownlinkExamples.queue),
            responses: [.init(201, "Queued", DownlinkView.schema.example(DownlinkExamples.queued))]
                + CommonResponses.errors(400, 404, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: DownlinkBody.self)
            let downlink = try await core.downlinks.queue(
                try body.order(), for: DeviceID(try call.parameter("device_id")), in: call.organization,
                by: call.origin)
            return .json(201) { DownlinkView(downlink: downlink).write(to: &$0) }
        }
    }

    private var list: Route {
        Route(
            .get, Self.all, Self.allAlias, access: .permitted(Permission(.devices, .read)),
            summary: "List downlinks of a device",
            description:
                "Those that wait in the order in which they go, then the finished ones, newest first.",
            responses: [
                .init(
                    200, "All that are remembered",
                    .whole([
                        .init("downlinks", .array(DownlinkView.schema)),
                        .init("waiting", .integer(minimum: 0)),
                    ]).example(DownlinkExamples.list))
            ] + CommonResponses.errors(404)
        ) { [core] call in
            let downlinks = try await core.downlinks.list(
                of: DeviceID(try call.parameter("device_id")), in: call.organization)
            return .json { json in
                json.object { json in
                    json.array("downlinks", downlinks) { DownlinkView(downlink: $1).write(to: &$0) }
                    json.field("waiting", downlinks.count { !$0.isFinished })
                }
            }
        }
    }

    private var read: Route {
        Route(
            .get, Self.one, Self.oneAlias, access: .permitted(Permission(.devices, .read)),
            summary: "Read one downlink",
            responses: [
                .init(200, "The downlink", DownlinkView.schema.example(DownlinkExamples.acknowledged))
            ]
                + CommonResponses.errors(404)
        ) { [core] call in
            let downlink = try await core.downlinks.find(
                DownlinkID(try call.parameter("downlink_id")),
                of: DeviceID(try call.parameter("device_id")), in: call.organization)
            return .json { DownlinkView(downlink: downlink).write(to: &$0) }
        }
    }

    private var cancel: Route {
        Route(
            .delete, Self.one, Self.oneAlias, access: .permitted(Permission(.devices, .write)),
            summary: "Take a downlink back",
            description: "It is not sent any more; what a gateway holds already may still go on the air.",
            responses: [
                .init(200, "As it is now", DownlinkView.schema.example(DownlinkExamples.cancelled))
            ] + CommonResponses.errors(404, 409, 507)
        ) { [core] call in
            let downlink = try await core.downlinks.cancel(
                DownlinkID(try call.parameter("downlink_id")),
                of: DeviceID(try call.parameter("device_id")), in: call.organization, by: call.origin)
            return .json { DownlinkView(downlink: downlink).write(to: &$0) }
        }
    }

    private var cancelAll: Route {
        Route(
            .delete, Self.all, Self.allAlias, access: .permitted(Permission(.devices, .write)),
            summary: "Take back everything that waits for a device",
            responses: [
                .init(
                    200, "Taken back",
                    .whole([.init("cancelled", .integer(minimum: 0))]).example(#"{"cancelled":3}"#))
            ] + CommonResponses.errors(404, 507)
        ) { [core] call in
            let count = try await core.downlinks.cancelAll(
                of: DeviceID(try call.parameter("device_id")), in: call.organization, by: call.origin)
            return .json { $0.object { $0.field("cancelled", count) } }
        }
    }
}
