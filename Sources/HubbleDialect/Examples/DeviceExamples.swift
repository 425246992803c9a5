/// Requests and answers about devices, as the reference has them.
enum DeviceExamples {
    static let register = #"""
        {"name":"Temperature Sensor #1","dev_eui":"70B3D54996C4C5A7",\#
        "device_key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",\#
        "tags":{"location":"warehouse-a","sensor_type":"temperature"}}
        """#
    static let registered = #"""
        {"device":{"id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","name":"Temperature Sensor #1",\#
        "dev_eui":"70B3D54996C4C5A7","status":"active","tags":{"location":"warehouse-a",\#
        "sensor_type":"temperature","hubnet.platform":"BLE"},"created_at":"2024-01-15T10:30:00Z",\#
        "updated_at":"2024-01-15T10:30:00Z"}}
        """#
    static let made = #"""
        {"devices":[{"device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","name":"Tag",\#
        "created_ts":1705314600,"tags":{"hubnet.platform":"BLE"},"encryption":"AES-256-CTR",\#
        "key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}]}
        """#
    static let list = #"""
        {"devices":[{"id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","name":"Temperature Sensor #1",\#
        "dev_eui":"70B3D54996C4C5A7","status":"active","tags":{"location":"warehouse-a",\#
        "hubnet.platform":"LoRaWAN"},"created_at":"2024-01-15T10:30:00Z",\#
        "updated_at":"2024-01-20T14:22:00Z"}],"total_count":127,"page_size":50}
        """#
    static let detail = #"""
        {"device":{"id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","name":"Temperature Sensor #1",\#
        "dev_eui":"70B3D54996C4C5A7","device_key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",\#
        "status":"active","tags":{"location":"warehouse-a","sensor_type":"temperature",\#
        "hubnet.platform":"LoRaWAN"},"last_seen_at":"2024-01-20T14:22:00Z","packet_count":1523,\#
        "created_at":"2024-01-15T10:30:00Z","updated_at":"2024-01-20T14:22:00Z"}}
        """#
    static let update = #"""
        {"name":"Temperature Sensor - Updated Name",\#
        "tags":{"location":"warehouse-b","maintenance":"scheduled-2024-02"}}
        """#
    static let updated = #"""
        {"device":{"id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","name":"Temperature Sensor - Updated Name",\#
        "dev_eui":"70B3D54996C4C5A7","device_key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",\#
        "status":"active","tags":{"location":"warehouse-b",\#
        "maintenance":"scheduled-2024-02","hubnet.platform":"LoRaWAN"},\#
        "last_seen_at":"2024-01-20T14:22:00Z","packet_count":1523,\#
        "created_at":"2024-01-15T10:30:00Z","updated_at":"2024-01-21T09:15:00Z"}}
        """#
    static let updateEach = #"""
        {"updates":[{"device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","name":"Sensor 001",\#
        "tags":{"deployment":"phase-2"}},{"device_id":"0d9a4c52-77b0-4e0c-8a51-b3c2f4e6d811",\#
        "name":"Sensor 002","tags":{"deployment":"phase-2"}}]}
        """#
    static let updatedEach = #"""
        {"results":[{"device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","status":"success",\#
        "device":{"id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","name":"Sensor 001",\#
        "dev_eui":"70B3D54996C4C5A7","status":"active",\#
        "tags":{"deployment":"phase-2","hubnet.platform":"BLE"},\#
        "created_at":"2024-01-15T10:30:00Z","updated_at":"2024-01-21T09:15:00Z"}},\#
        {"device_id":"0d9a4c52-77b0-4e0c-8a51-b3c2f4e6d811","status":"error",\#
        "error":"Device not found"}],"total_requested":2,"successful":1,"failed":1,\#
        "devices":[{"id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","name":"Sensor 001",\#
        "dev_eui":"70B3D54996C4C5A7","status":"active",\#
        "tags":{"deployment":"phase-2","hubnet.platform":"BLE"},\#
        "created_at":"2024-01-15T10:30:00Z","updated_at":"2024-01-21T09:15:00Z"}]}
        """#
    static let deleted = #"""
        {"message":"Device successfully deleted","device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80",\#
        "id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80"}
        """#
    static let deleteEach = #"{"device_ids":["7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80"]}"#
    static let deletedEach = #"{"deleted":1,"failed":0,"errors":[]}"#
    static let deletedSome = #"""
        {"deleted":1,"failed":1,"errors":[{"device_id":"0d9a4c52-77b0-4e0c-8a51-b3c2f4e6d811",\#
        "error":"Device not found"}]}
        """#
    static let packets = #"""
        {"packets":[{"packet_id":"packet-uuid-1","device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80",\#
        "payload":"SGVsbG8gV29ybGQ=","sequence_number":1234,"received_at":"2024-01-15T10:30:00Z",\#
        "gateway_id":"gateway-abc123","rssi":-95,"snr":8.5,\#
        "metadata":{"latitude":37.7749,"longitude":-122.4194,"accuracy":50},\#
        "status":"decrypted","platform":"LoRaWAN","receptions":[{"gateway_id":"gateway-abc123",\#
        "rssi":-95,"snr":8.5,"received_at":"2024-01-15T10:30:00Z",\#
        "last_received_at":"2024-01-15T10:30:00Z","count":1}],\#
        "device":{"id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","name":"Temperature Sensor #1",\#
        "tags":{"hubnet.platform":"LoRaWAN"},"payload":"SGVsbG8gV29ybGQ=","timestamp":1705314600,\#
        "rssi":-95,"counter":null,"sequence_number":1234}}],\#
        "count":500,"has_more":true}
        """#
    static let imported = #"""
        {"dry_run":true,"created":1,"updated":0,"unchanged":0,"failed":1,"lines":[\#
        {"line":2,"dev_eui":"70b3d54996c4c5a7","result":"created","device_id":null,"error":null},\#
        {"line":3,"dev_eui":"70b3","result":"error","device_id":null,\#
        "error":"Invalid dev_eui: 16 hexadecimal characters expected"}]}
        """#
}
