import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// The metrics of packets, devices and the API itself.
struct MetricsRoutes {
    let metrics: Metrics

    var routes: [Route] { [packets, devices, requests, deliveries].about("Metrics") }

    private var packets: Route {
        route(
            "packet_metrics", "Packets over time",
            PacketMetricsView.schema.example(MetricsExamples.packets)
        ) { [metrics] call, window in
            let result = try await metrics.packets(call.organization, window)
            return .json { PacketMetricsView(metrics: result).write(to: &$0) }
        }
    }

    private var devices: Route {
        route(
            "device_metrics", "Devices over time: how many there are, and how many of them are heard",
            DeviceMetricsView.schema.example(MetricsExamples.devices)
        ) { [metrics] call, window in
            let result = try await metrics.devices(call.organization, window)
            return .json { DeviceMetricsView(metrics: result).write(to: &$0) }
        }
    }

    private var requests: Route {
        route(
            "api_metrics", "Requests to this API over time",
            RequestMetricsView.schema.example(MetricsExamples.requests)
        ) { [metrics] call, window in
            let result = try await metrics.requests(call.organization, window)
            return .json { RequestMetricsView(metrics: result).write(to: &$0) }
        }
    }

    private var deliveries: Route {
        route(
            "webhook_metrics", "Deliveries to webhooks over time",
            DeliveryMetricsView.schema.example(MetricsExamples.deliveries),
            parameters: [Parameter("webhook_id", .text, "Of one webhook")]
        ) { [metrics] call, window in
            let result = try await metrics.deliveries(
                call.organization, window, of: call.query["webhook_id"].map(WebhookID.init))
            return .json { DeliveryMetricsView(metrics: result).write(to: &$0) }
        }
    }

    private func route(
        _ name: String, _ summary: String, _ schema: Schema, parameters: [Parameter] = [],
        answer: @escaping @Sendable (Call, MetricsWindow) async throws -> Reply
    ) -> Route {
        Route(
            .get, "/api/org/{org_id}/\(name)", "/v1/org/{org_id}/\(name)",
            access: .permitted(Permission(.metrics, .read)), summary: summary,
            description: "Buckets are in UTC, without gaps; the newest one is still filling.",
            parameters: MetricsRequest.parameters + parameters,
            responses: [.init(200, "The buckets and their sums", schema)] + CommonResponses.errors(400)
        ) { [metrics] call in
            let request = try MetricsRequest(call.query)
            return try await answer(
                call, metrics.window(daysBack: request.daysBack, interval: request.interval))
        }
    }
}

/// The window that a metrics request asks for, in the reference's words or the official clients'.
struct MetricsRequest {
    let daysBack: Int
    let interval: MetricsWindow.Interval?

    static let parameters: [Parameter] = [
        Parameter(
            "days_back",
            .integer(minimum: MetricsWindow.days.lowerBound, maximum: MetricsWindow.days.upperBound),
            "7 by default; also days, daysBack"),
        Parameter(
            "interval", .string(values: MetricsWindow.Interval.allCases.map(\.rawValue)),
            """
            By default hour for 1 day, day up to 31 days, else month; hour for at most 15 days. Also \
            time_interval, timeInterval
            """),
    ]

    init(_ query: Query) throws {
        daysBack = try Self.days(query) ?? 7
        interval = try query.first(of: "interval", "time_interval", "timeInterval").map { name, value in
            guard let interval = MetricsWindow.Interval(rawValue: value.lowercased()) else {
                throw EdgeError.invalid("\(name): hour, day or month is expected")
            }
            return interval
        }
    }

    private static func days(_ query: Query) throws -> Int? {
        guard let (name, value) = query.first(of: "days_back", "days", "daysBack") else { return nil }
        // The official clients may name it and leave it empty.
        if value.isEmpty { return name == "days_back" ? nil : 1 }
        guard let days = Int(value), MetricsWindow.days.contains(days) else {
            throw EdgeError.invalid("\(name): 1 to 365 days are expected")
        }
        return days
    }
}
