/// Answers about usage and invoices, as the reference has them.
enum BillingExamples {
    static let usage = #"""
        {"usage":[{"date":"2024-01-15","active_devices":119,"total_packets":15234,"billable_devices":119,\#
        "usage_timestamp":"2024-01-15T00:00:00Z","usage_type":"Daily Active Devices","usage_value":119}],\#
        "monthly":[{"date":"2024-01-01","active_devices":127,"total_packets":456789,\#
        "billable_devices":127,"usage_timestamp":"2024-01-01T00:00:00Z",\#
        "usage_type":"Monthly Active Devices","usage_value":127}],\#
        "summary":{"period_start":"2024-01-01","period_end":"2024-01-31",\#
        "avg_daily_active_devices":117.5,"max_active_devices":127,"total_packets":456789,\#
        "active_devices":127,"billable_devices":127}}
        """#
    static let invoices = #"""
        {"invoices":[{"invoice_id":"d2b7c4e9-1f60-5a3d-8e52-0b9c6a7f4d18",\#
        "invoice_number":"INV-2024-001","period_start":"2024-01-01T00:00:00Z",\#
        "period_end":"2024-01-31T23:59:59Z","amount_due":1250.00,"currency":"USD","status":"paid",\#
        "due_date":"2024-02-15T00:00:00Z","paid_at":"2024-02-10T14:30:00Z",\#
        "issue_timestamp":1706749200,"due_timestamp":1707955200,"total":1250.00,\#
        "total_balance":1250.00,"remaining_balance":0.00,"active_devices":127,"billable_devices":127,\#
        "total_packets":456789}]}
        """#
    static let activeDevices = #"""
        {"devices":[{"device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","name":"Temperature Sensor #1",\#
        "network_type":"terrestrial","last_active":1705314600}],\#
        "period_start":"2024-01-01T00:00:00Z","period_end":"2024-01-31T23:59:59Z"}
        """#
    static let subscription = #"""
        {"plan":"STANDARD","status":"active","current_period_start":1704067200000000,\#
        "current_period_end":1706745600000000,"next_payment_date":1707955200000000,\#
        "cancel_at_period_end":false,"prepaid_devices":27,"price_monthly_cents":25000,\#
        "overage_per_device_cents":1000,"currency":"USD"}
        """#
    static let paymentMethods = #"{"payment_methods":[],"default_payment_method_id":null}"#
}
