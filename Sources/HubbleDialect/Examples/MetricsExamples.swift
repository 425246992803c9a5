/// Answers about metrics, as the reference has them: one bucket of many.
enum MetricsExamples {
    static let packets = answer(
        bucket: #"""
            {"timestamp":"2024-01-15T10:00:00Z","packet_count":1523,"unique_devices":87,\#
            "total_bytes":152300,"avg_packets_per_device":17.5,"platforms":{"LoRaWAN":1200,"BLE":323}}
            """#,
        summary: #"{"total_packets":256789,"total_devices":127,"total_bytes":25678900}"#,
        totals: #""total_packets":256789"#)
    static let devices = answer(
        bucket: #"""
            {"timestamp":"2024-01-15T00:00:00Z","total_devices":127,"active_devices":119,\#
            "inactive_devices":8,"new_registrations":3,"registered_devices":127,"never_active_devices":5}
            """#,
        summary: #"{"current_total":127,"current_active":119,"activity_rate":93.7}"#,
        totals: #"""
            "total_registered_devices":127,"total_active_devices":119,"total_never_active_devices":5
            """#)
    static let requests = answer(
        bucket: #"""
            {"timestamp":"2024-01-15T00:00:00Z","total_requests":15234,"successful_requests":15102,\#
            "failed_requests":132,"rate_limited_requests":45,"avg_response_time_ms":125,\#
            "endpoints":{"/devices":8523,"/packets":5234,"/webhooks":1477}}
            """#,
        summary: #"{"total_requests":456789,"success_rate":99.1,"avg_response_time_ms":130}"#,
        totals: #""total_requests":456789,"success_rate":0.991"#)
    static let deliveries = answer(
        bucket: #"""
            {"webhook_id":"3e8f1b6a-5c27-4d90-b1e4-6f2a7c9d0e35","webhook_name":"Production Webhook",\#
            "timestamp":"2024-01-15T10:00:00Z","deliveries_attempted":523,"deliveries_successful":518,\#
            "deliveries_failed":5,"avg_response_time_ms":245,"retries":15}
            """#,
        summary: #"{"total_deliveries":15234,"success_rate":99.7,"avg_response_time_ms":250}"#,
        totals: #""total_deliveries":15234,"success_rate":0.997"#)

    private static func answer(bucket: String, summary: String, totals: String) -> String {
        #"{"metrics":[\#(bucket)],"summary":\#(summary),"buckets":[\#(bucket)],\#(totals)}"#
    }
}
