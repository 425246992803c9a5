/// Requests and answers about API keys, as the reference has them.
enum KeyExamples {
    static let valid = #"""
        {"valid":true,"scopes":["devices:read","devices:write","packets:read"],\#
        "organization_id":"7db20441-a04c-49ba-8089-1197b3a66a4b","expires_at":"2025-12-31T23:59:59Z",\#
        "org_id":"7db20441-a04c-49ba-8089-1197b3a66a4b"}
        """#
    static let create = #"""
        {"name":"Production API Key","scopes":["devices:read","devices:write","packets:read","webhooks:write"]}
        """#
    static let created = #"""
        {"key_id":"550e8400-e29b-41d4-a716-446655440000","name":"Production API Key",\#
        "token":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...",\#
        "scopes":["devices:read","devices:write","packets:read","webhooks:write"],\#
        "created_at":"2024-01-15T10:30:00Z"}
        """#
    static let list = #"""
        {"keys":[{"key_id":"550e8400-e29b-41d4-a716-446655440000","name":"Production API Key",\#
        "scopes":["devices:read","devices:write","packets:read"],"created_at":"2024-01-15T10:30:00Z",\#
        "last_used_at":"2024-01-20T14:22:00Z"}]}
        """#
    static let update = #"{"name":"Renamed Production Key"}"#
    static let updated = #"""
        {"key_id":"550e8400-e29b-41d4-a716-446655440000","name":"Renamed Production Key",\#
        "scopes":["devices:read","devices:write"],"created_at":"2024-01-15T10:30:00Z",\#
        "updated_at":"2024-01-21T09:15:00Z"}
        """#
    static let deleted = #"""
        {"message":"API key successfully deleted","key_id":"550e8400-e29b-41d4-a716-446655440000"}
        """#
    static let scopes = #"""
        {"scopes":[{"scope":"devices:read","description":"View device information and list devices",\#
        "scope_id":"read-devices","display_name":"View device information and list devices"},\#
        {"scope":"devices:write","description":"Register, update, and delete devices",\#
        "scope_id":"write-devices","display_name":"Register, update, and delete devices"},\#
        {"scope":"packets:read","description":"Query and stream packet data",\#
        "scope_id":"read-packets","display_name":"Query and stream packet data"}]}
        """#
}
