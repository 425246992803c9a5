import EdgeCore
import EdgeHTTP
import EdgeModel

/// `metrics` and `summary` as the reference has them; `buckets` and totals as the official clients
/// read them.
struct PacketMetricsView {
    let metrics: Metrics.Packets

    private static let bucket = Schema.whole([
        .init("timestamp", .time), .init("packet_count", .integer(minimum: 0)),
        .init("unique_devices", .integer(minimum: 0)), .init("total_bytes", .integer(minimum: 0)),
        .init("avg_packets_per_device", .number), .init("platforms", .map(.integer(minimum: 0))),
    ])
    static let schema = Schema.whole([
        .init("metrics", .array(bucket, minimum: 1, maximum: MetricsWindow.bucketLimit)),
        .init(
            "summary",
            .whole([
                .init("total_packets", .integer(minimum: 0)), .init("total_devices", .integer(minimum: 0)),
                .init("total_bytes", .integer(minimum: 0)),
            ])), .init("buckets", .array(bucket, minimum: 1, maximum: MetricsWindow.bucketLimit)),
        .init("total_packets", .integer(minimum: 0)),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("metrics", metrics.buckets, Self.write)
            json.object("summary") {
                $0.field("total_packets", metrics.packets)
                $0.field("total_devices", metrics.devices)
                $0.field("total_bytes", metrics.bytes)
            }
            json.array("buckets", metrics.buckets, Self.write)
            json.field("total_packets", metrics.packets)
        }
    }

    private static func write(_ json: inout JSONWriter, _ bucket: Metrics.Packets.Bucket) {
        json.object { json in
            json.field("timestamp", bucket.start)
            json.field("packet_count", bucket.packets)
            json.field("unique_devices", bucket.devices)
            json.field("total_bytes", bucket.bytes)
            json.field(
                "avg_packets_per_device", (Double(bucket.packets) / Double(max(1, bucket.devices))).tenths)
            json.object("platforms") { json in
                for platform in Platform.allCases {
                    guard let packets = bucket.platforms[platform], packets > 0 else { continue }
                    json.key(dynamic: platform.name)
                    json.value(packets)
                }
            }
        }
    }
}

struct DeviceMetricsView {
    let metrics: Metrics.Devices

    private static let bucket = Schema.whole([
        .init("timestamp", .time), .init("total_devices", .integer(minimum: 0)),
        .init("active_devices", .integer(minimum: 0)), .init("inactive_devices", .integer(minimum: 0)),
        .init("new_registrations", .integer(minimum: 0)), .init("registered_devices", .integer(minimum: 0)),
        .init("never_active_devices", .integer(minimum: 0)),
    ])
    static let schema = Schema.whole([
        .init("metrics", .array(bucket, minimum: 1, maximum: MetricsWindow.bucketLimit)),
        .init(
            "summary",
            .whole([
                .init("current_total", .integer(minimum: 0)), .init("current_active", .integer(minimum: 0)),
                .init("activity_rate", .decimal(0...100), "Per cent"),
            ])), .init("buckets", .array(bucket, minimum: 1, maximum: MetricsWindow.bucketLimit)),
        .init("total_registered_devices", .integer(minimum: 0)),
        .init("total_active_devices", .integer(minimum: 0)),
        .init("total_never_active_devices", .integer(minimum: 0)),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("metrics", metrics.buckets, Self.write)
            json.object("summary") {
                $0.field("current_total", metrics.registered)
                $0.field("current_active", metrics.active)
                $0.field("activity_rate", metrics.activityRate.tenths)
            }
            json.array("buckets", metrics.buckets, Self.write)
            json.field("total_registered_devices", metrics.registered)
            json.field("total_active_devices", metrics.active)
            json.field("total_never_active_devices", metrics.neverActive)
        }
    }

    private static func write(_ json: inout JSONWriter, _ bucket: Metrics.Devices.Bucket) {
        json.object {
            $0.field("timestamp", bucket.start)
            $0.field("total_devices", bucket.registered)
            $0.field("active_devices", bucket.active)
            $0.field("inactive_devices", bucket.inactive)
            $0.field("new_registrations", bucket.registrations)
            $0.field("registered_devices", bucket.registered)
            $0.field("never_active_devices", bucket.neverActive)
        }
    }
}

struct RequestMetricsView {
    let metrics: Metrics.Requests

    private static let bucket = Schema.whole([
        .init("timestamp", .time), .init("total_requests", .integer(minimum: 0)),
        .init("successful_requests", .integer(minimum: 0)), .init("failed_requests", .integer(minimum: 0)),
        .init("rate_limited_requests", .integer(minimum: 0)), .init("avg_response_time_ms", .number),
        .init("endpoints", .map(.integer(minimum: 0))),
    ])
    static let schema = Schema.whole([
        .init("metrics", .array(bucket, minimum: 1, maximum: MetricsWindow.bucketLimit)),
        .init(
            "summary",
            .whole([
                .init("total_requests", .integer(minimum: 0)),
                .init("success_rate", .decimal(0...100), "Per cent"),
                .init("avg_response_time_ms", .number),
            ])), .init("buckets", .array(bucket, minimum: 1, maximum: MetricsWindow.bucketLimit)),
        .init("total_requests", .integer(minimum: 0)),
        .init("success_rate", .decimal(0...1)),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("metrics", metrics.buckets, Self.write)
            json.object("summary") {
                $0.field("total_requests", metrics.total.requests)
                $0.field("success_rate", (metrics.total.successRate * 100).tenths)
                $0.field("avg_response_time_ms", metrics.total.averageDuration.milliseconds)
            }
            json.array("buckets", metrics.buckets, Self.write)
            json.field("total_requests", metrics.total.requests)
            json.field("success_rate", metrics.total.successRate)
        }
    }

    private static func write(_ json: inout JSONWriter, _ bucket: Metrics.Requests.Bucket) {
        json.object { json in
            json.field("timestamp", bucket.start)
            json.field("total_requests", bucket.volume.requests)
            json.field("successful_requests", bucket.volume.successful)
            json.field("failed_requests", bucket.volume.failed)
            json.field("rate_limited_requests", bucket.volume.rateLimited)
            json.field("avg_response_time_ms", bucket.volume.averageDuration.milliseconds)
            json.object("endpoints") { json in
                for (resource, requests) in bucket.resources.sorted(by: { $0.key < $1.key }) {
                    json.key(dynamic: resource)
                    json.value(requests)
                }
            }
        }
    }
}

struct DeliveryMetricsView {
    let metrics: Metrics.Deliveries

    private static let bucket = Schema.whole([
        .init("webhook_id", .text), .init("webhook_name", .text), .init("timestamp", .time),
        .init("deliveries_attempted", .integer(minimum: 0)),
        .init("deliveries_successful", .integer(minimum: 0)),
        .init("deliveries_failed", .integer(minimum: 0)), .init("avg_response_time_ms", .number),
        .init("retries", .integer(minimum: 0)),
    ])
    static let schema = Schema.whole([
        .init("metrics", .array(bucket)),
        .init(
            "summary",
            .whole([
                .init("total_deliveries", .integer(minimum: 0)),
                .init("success_rate", .decimal(0...100), "Per cent"),
                .init("avg_response_time_ms", .number),
            ])), .init("buckets", .array(bucket)), .init("total_deliveries", .integer(minimum: 0)),
        .init("success_rate", .decimal(0...1)),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("metrics", metrics.buckets, Self.write)
            json.object("summary") {
                $0.field("total_deliveries", metrics.total.attempted)
                $0.field("success_rate", metrics.total.successRate.tenths)
                $0.field("avg_response_time_ms", metrics.total.averageMilliseconds.tenths)
            }
            json.array("buckets", metrics.buckets, Self.write)
            json.field("total_deliveries", metrics.total.attempted)
            json.field("success_rate", metrics.total.successRate / 100)
        }
    }

    private static func write(_ json: inout JSONWriter, _ bucket: Metrics.Deliveries.Bucket) {
        json.object {
            $0.field("webhook_id", bucket.webhook.rawValue)
            $0.field("webhook_name", bucket.name)
            $0.field("timestamp", bucket.start)
            $0.field("deliveries_attempted", bucket.volume.attempted)
            $0.field("deliveries_successful", bucket.volume.successful)
            $0.field("deliveries_failed", bucket.volume.failed)
            $0.field("avg_response_time_ms", bucket.volume.averageMilliseconds.tenths)
            $0.field("retries", bucket.volume.retries)
        }
    }
}

extension Double {
    /// To one decimal place, as averages and percentages are shown.
    var tenths: Double { (self * 10).rounded() / 10 }
}

extension Duration {
    /// To a tenth of a millisecond: a gateway answers in less than one.
    var milliseconds: Double { (Double(microseconds) / 1_000).tenths }
}
