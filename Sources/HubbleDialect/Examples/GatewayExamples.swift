/// Requests and answers of uploading gateways, as the official software has them, and of their owners.
enum GatewayExamples {
    static let register = #"""
        {"sentAtMillis":1795208867285,"deviceId":"3d1219c7c4c5404aaa1f6d2a48adfda4","type":"custom",\#
        "manufacturer":"Linux","model":"x86_64","firmwareVersion":"0.2.0","locale":"en_US",\#
        "bleAdapterState":"off","capabilities":["ble_scan","location"],"platform":{"os":"Linux",\#
        "osVersion":"6.18.44","pythonVersion":"3.11.7","sdk":"hubble-gateway-python","sdkVersion":"0.2.0"}}
        """#
    static let admission = #"""
        {"gatewayId":"823f821f-c4d5-52ee-9a9d-f252d0d9ebd0","deviceToken":"hgd_...",\#
        "refreshToken":"hgr_...","expiresInSeconds":3600,"config":{"uploadIntervalMs":60000,\#
        "uploadBatchSize":500,"dedupWindowMs":300000,"payloadServiceUuids":["FCA6"]}}
        """#
    static let refresh = #"{"refreshToken":"hgr_..."}"#
    static let alive = #"""
        {"gatewayId":"823f821f-c4d5-52ee-9a9d-f252d0d9ebd0","config":{"uploadIntervalMs":60000,\#
        "uploadBatchSize":500,"dedupWindowMs":300000,"payloadServiceUuids":["FCA6"]}}
        """#
    static let packets = #"""
        {"batchId":"6eb8d9e7-344a-434f-bc7d-3a8ea8b8a0cd","sentAtMillis":1795208942535,"packets":[\#
        {"deviceAddress":"AA:BB:CC:00:00:00","rssi":-50,"timestampMillis":1795208942530,\#
        "serviceUuid":"FCA6","sightingCount":3,"serviceData":"AMhLfUUcODBQV3bYPQ==",\#
        "location":{"latitude":10.0,"longitude":20.0,"horizontalAccuracyMeters":10.0,\#
        "timestampMillis":1795208942530}}]}
        """#
    static let accepted = #"""
        {"batchId":"6eb8d9e7-344a-434f-bc7d-3a8ea8b8a0cd","accepted":5,"rejected":1,\#
        "rejections":{"other_service":1}}
        """#
    static let locations = #"""
        {"batchId":"0b5c6c36-9f3a-4d5e-8f0a-4e7d1a2b3c4d","sentAtMillis":1795208942535,"locations":[\#
        {"latitude":48.2,"longitude":16.37,"horizontalAccuracyMeters":10.0,\#
        "timestampMillis":1795208942530}]}
        """#
    static let located = #"{"batchId":"0b5c6c36-9f3a-4d5e-8f0a-4e7d1a2b3c4d","accepted":1}"#

    static let list = #"""
        {"gateways":[{"gateway_id":"823f821f-c4d5-52ee-9a9d-f252d0d9ebd0",\#
        "device_id":"3d1219c7c4c5404aaa1f6d2a48adfda4","online":true,\#
        "last_seen_at":"2024-01-20T14:22:00Z","registered_at":"2024-01-15T10:30:00Z",\#
        "sdk_key_id":"550e8400-e29b-41d4-a716-446655440000","type":"custom","manufacturer":"Linux",\#
        "model":"x86_64","firmware_version":"0.2.0","ble_adapter_state":"on",\#
        "location":{"latitude":37.7749,"longitude":-122.4194,"accuracy":10,\#
        "located_at":"2024-01-20T14:21:00Z"},"batches":120,"packets_accepted":1523,\#
        "packets_rejected":4}],"total_count":1}
        """#
    static let keys = #"""
        {"sdk_keys":[{"key_id":"550e8400-e29b-41d4-a716-446655440000","name":"Warehouse gateways",\#
        "created_at":"2024-01-15T10:30:00Z"}]}
        """#
    static let createKey = #"{"name":"Warehouse gateways"}"#
    static let createdKey = #"""
        {"key_id":"550e8400-e29b-41d4-a716-446655440000","name":"Warehouse gateways",\#
        "created_at":"2024-01-15T10:30:00Z","sdk_key":"hsk_..."}
        """#
    static let revokedKey = #"""
        {"message":"SDK key successfully revoked","key_id":"550e8400-e29b-41d4-a716-446655440000"}
        """#
    static let stations = #"""
        {"stations":[{"gateway_id":"lora-aa555a0000000001","kind":"packet_forwarder",\#
        "last_seen_at":"2024-01-15T10:30:00Z","seconds_since_seen":3.2,\#
        "location":{"latitude":47.37,"longitude":8.54,"altitude":412.0},"remote_address":"192.168.1.20",\#
        "time_source":"gps","keepalive_seconds":10.0,"duplicate":null,\#
        "statistics":{"received":1200,"received_crc_ok":1180,\#
        "forwarded":1180,"downlinks_received":3,"downlinks_sent":3,"acknowledged_percent":100.0,\#
        "temperature":41.5},"channels":[{"frequency":868100000,"data_rate":"SF7BW125","packets":912}],\#
        "other_channels":0}]}
        """#
}
