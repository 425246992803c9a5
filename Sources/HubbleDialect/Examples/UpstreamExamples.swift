/// Enrollment of gateways with a central, as each side sees it.
enum UpstreamExamples {
    static let createEnrollment = #"{"name":"Dock 3"}"#
    static let createdEnrollment = #"""
        {"code":"7K2QF-0M9ZB-X4T1C-V8HRD","gateway_id":"823f821f-c4d5-42ee-9a9d-f252d0d9ebd0",\#
        "name":"Dock 3","expires_at":"2024-01-20T14:37:00Z"}
        """#
    static let revokedEnrollment = #"""
        {"message":"Enrollment successfully revoked","gateway_id":"823f821f-c4d5-42ee-9a9d-f252d0d9ebd0"}
        """#
    static let enrollments = #"""
        {"gateways":[{"gateway_id":"823f821f-c4d5-42ee-9a9d-f252d0d9ebd0","name":"Dock 3",\#
        "created_at":"2024-01-15T10:30:00Z","enrolled_at":"2024-01-15T10:31:00Z","online":true,\#
        "last_seen_at":"2024-01-20T14:22:00Z","version":"0.1.0","clock":"synchronised",\#
        "packets_received":1523,"conflicts":0,"rows_waiting":0,"oldest_waiting_seconds":null,\#
        "rows_dropped":0,"unopened_frames":3,"contradictions":0,"registry_revision":12,\#
        "settings_revision":31,"uptime_seconds":86400,"disk_free_bytes":11811160064,"damaged":false,\#
        "rows_quarantined":0,"rows_discarded":0,"radios":[{"id":"lora-AA555A0000000001",\#
        "kind":"packet_forwarder","silent_seconds":1,"received":1523,"received_valid_crc":1520,\#
        "forwarded":1520,"downlinks_sent":12,"acknowledged_percent":100,"temperature":31.5}]}],"total_count":1,\#
        "packets_without_device":0,"devices_unknown":0}
        """#
    static let audit = #"""
        {"entries":[{"sequence":42,"at":"2024-01-21T09:15:00Z","actor_type":"key",\#
        "actor_id":"550e8400-e29b-41d4-a716-446655440000","action":"device.update",\#
        "object":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","detail":"name","remote_address":"192.0.2.17",\#
        "request_id":"req_01HM4T4G9ZQ0M1W8K7N2C5D3E6",\#
        "hash":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","verified":true}],\#
        "count":1,"has_more":false}
        """#
    static let enroll = #"""
        {"url":"https://central.example.net","code":"7K2QF-0M9ZB-X4T1C-V8HRD"}
        """#
    static let upstream = #"""
        {"upstream_id":"550e8400-e29b-41d4-a716-446655440000","kind":"holdfast",\#
        "url":"https://central.example.net",\#
        "gateway_id":"823f821f-c4d5-42ee-9a9d-f252d0d9ebd0","state":"connected","rows_waiting":0,\#
        "oldest_waiting_seconds":null,"drain_seconds":0,"confirmed_sequence":1523,"last_sequence":1523,\#
        "last_contact_at":"2024-01-20T14:22:00Z","last_error":null,"packets_sent":1523,\#
        "bytes_sent":68211,"rows_refused":0,"contradictions":0,"registry_revision":12,\#
        "settings_revision":31,"raw_frames":false,"created_at":"2024-01-15T10:31:00Z","pin":null}
        """#
    static let upstreams = #"{"upstreams":[\#(upstream)]}"#
    static let removed = #"""
        {"message":"Upstream successfully removed","upstream_id":"550e8400-e29b-41d4-a716-446655440000"}
        """#
    static let exported = #"""
        {"gateway_id":"823f821f-c4d5-42ee-9a9d-f252d0d9ebd0","envelope":"q83vEjRWeJA=","packets":500,\#
        "through":500}
        """#
    static let carried = #"{"envelope":"q83vEjRWeJA="}"#
    static let taken = #"{"stored":500,"waiting_for_devices":0,"conflicts":0,"confirmed_sequence":500}"#
}
