/// Requests and answers about packets from elsewhere, as the official client has them.
enum UploadExamples {
    static let upload = #"""
        {"ble_locations":[{"location":{"latitude":37.7749,"longitude":-122.4194,"timestamp":1705314600,\#
        "horizontal_accuracy":10,"altitude":12.5,"vertical_accuracy":3},"adv":[{\#
        "payload":"AMhLfUUcODBQV3bYPQ==","rssi":-70,"timestamp":1705314600}]}]}
        """#
    static let accepted = #"{"accepted":1,"rejected":0}"#
    static let decode = #"""
        {"advertisements":[{"payload":"AMhLfUUcODBQV3bYPQ==","rssi":-70,\#
        "timestamp":1705314600,"location":{"latitude":37.7749,"longitude":-122.4194,\#
        "horizontal_accuracy":10}}]}
        """#
    static let decoded = #"""
        {"packets":[{"packet_id":"packet-uuid-1","device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80",\#
        "payload":"SGVsbG8=","sequence_number":200,"received_at":"2024-01-15T10:30:00Z",\#
        "gateway_id":"api-550e8400-e29b-41d4-a716-446655440000","rssi":-70,"snr":null,\#
        "metadata":{"latitude":37.7749,"longitude":-122.4194,"accuracy":10},\#
        "status":"decrypted","platform":"BLE","receptions":[{\#
        "gateway_id":"api-550e8400-e29b-41d4-a716-446655440000","rssi":-70,"snr":null,\#
        "received_at":"2024-01-15T10:30:00Z","last_received_at":"2024-01-15T10:30:00Z","count":1}],\#
        "device":{"id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","name":"Tag",\#
        "tags":{"hubnet.platform":"BLE"},"payload":"SGVsbG8=","timestamp":1705314600,"rssi":-70,\#
        "counter":19737,"sequence_number":200},"location":{"latitude":37.7749,\#
        "longitude":-122.4194,"horizontal_accuracy":10,"altitude":null},\#
        "gateway":{"gateway_id":"api-550e8400-e29b-41d4-a716-446655440000"},\#
        "advertisement":{"payload":"AMhLfUUcODBQV3bYPQ=="}}]}
        """#
    static let testBatch = #"""
        {"packets":[{"packet_id":"packet-uuid-1","device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80",\#
        "payload":"SGVsbG8gV29ybGQ=","sequence_number":1234,"received_at":"2024-01-15T10:30:00Z",\#
        "gateway_id":"gateway-abc123","rssi":-95,"snr":8.5,\#
        "metadata":{"latitude":37.7749,"longitude":-122.4194,"accuracy":50},\#
        "status":"decrypted","platform":"LoRaWAN","receptions":[],"device":null}]}
        """#
    static let testedBatch = #"{"received":1,"valid":true}"#
    static let testBatches = #"""
        {"batches":[{"received_at":"2024-01-15T10:30:00Z","packets":0,"valid":false,\#
        "problem":"Missing required field: packets","body":"{}"}]}
        """#
}
