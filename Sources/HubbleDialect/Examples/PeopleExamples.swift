/// Requests and answers about an organization and its people, as the reference has them.
enum PeopleExamples {
    static let organization = #"""
        {"organization":{"id":"7db20441-a04c-49ba-8089-1197b3a66a4b","name":"Acme IoT Solutions",\#
        "address":{"street":"123 Main St","city":"San Francisco","state":"CA","postal_code":"94105",\#
        "country":"USA"},"contact":{"email":"user@example.com","phone":"+1-555-0100"},\#
        "timezone":"America/Los_Angeles","created_at":"2023-06-01T00:00:00Z","plan":"enterprise"},\#
        "name":"Acme IoT Solutions","org_id":"7db20441-a04c-49ba-8089-1197b3a66a4b"}
        """#
    static let updateOrganization = #"{"name":"Acme IoT Solutions Inc.","timezone":"America/New_York"}"#
    static let users = #"""
        {"users":[{"user_id":"2f0d8f4e-90a6-4c0a-b0a4-5f3c1d2e4b6a","email":"user@example.com",\#
        "name":"John Doe","role":"admin","status":"active","last_login_at":"2024-01-20T14:22:00Z",\#
        "created_at":"2023-06-01T00:00:00Z"}],"total_count":12,"page":1,"per_page":50}
        """#
    static let addUser = #"{"email":"user@example.com","role":"member"}"#
    static let addedUser = #"""
        {"user":{"user_id":"c51f6a8e-1b1d-4f7e-9a55-0f8f2f3f7d10","email":"user@example.com",\#
        "role":"member","status":"active","added_at":"2024-01-21T09:15:00Z"}}
        """#
    static let updateUser = #"{"role":"admin"}"#
    static let updatedUser = #"""
        {"user":{"user_id":"c51f6a8e-1b1d-4f7e-9a55-0f8f2f3f7d10","email":"user@example.com",\#
        "role":"admin","updated_at":"2024-01-21T09:15:00Z"}}
        """#
    static let removedUser = #"""
        {"message":"User successfully removed","user_id":"c51f6a8e-1b1d-4f7e-9a55-0f8f2f3f7d10",\#
        "organization_keys":[{"key_id":"550e8400-e29b-41d4-a716-446655440000","name":"Production API Key"}]}
        """#
    static let invitations = #"""
        {"invitations":[{"invitation_id":"9c0e4b1a-6d2f-4f35-8c1b-7a9e2d3f4c5b","email":"user@example.com",\#
        "role":"member","status":"pending","invited_by":"2f0d8f4e-90a6-4c0a-b0a4-5f3c1d2e4b6a",\#
        "created_at":"2024-01-20T10:00:00Z","expires_at":"2024-01-27T10:00:00Z"}],\#
        "invites":[{"invitation_id":"9c0e4b1a-6d2f-4f35-8c1b-7a9e2d3f4c5b","email":"user@example.com",\#
        "role":"member","status":"pending","invited_by":"2f0d8f4e-90a6-4c0a-b0a4-5f3c1d2e4b6a",\#
        "created_at":"2024-01-20T10:00:00Z","expires_at":"2024-01-27T10:00:00Z"}],\#
        "total_invites":1}
        """#
    static let invite = #"""
        {"email":"user@example.com","role":"member","message":"Join our IoT platform team!"}
        """#
    static let invited = #"""
        {"invitation":{"invitation_id":"9c0e4b1a-6d2f-4f35-8c1b-7a9e2d3f4c5b","email":"user@example.com",\#
        "role":"member","status":"pending","expires_at":"2024-01-27T10:00:00Z"}}
        """#
    static let revoke = #"{"invitee_email":"user@example.com"}"#
    static let revoked = #"""
        {"message":"Invitation successfully revoked",\#
        "invitation_id":"9c0e4b1a-6d2f-4f35-8c1b-7a9e2d3f4c5b"}
        """#
    static let accept = #"""
        {"token":"the token of the link","name":"John Doe","password":"correct horse battery"}
        """#
    static let accepted = #"""
        {"message":"Invitation accepted","user":{"user_id":"c51f6a8e-1b1d-4f7e-9a55-0f8f2f3f7d10",\#
        "email":"user@example.com","role":"member"},\#
        "organization_id":"7db20441-a04c-49ba-8089-1197b3a66a4b"}
        """#
    static let logIn = #"{"email":"user@example.com","password":"correct horse battery"}"#
    static let session = #"""
        {"access_token":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...","token_type":"Bearer",\#
        "expires_in":43200,"expires_at":"2024-01-15T22:30:00Z",\#
        "organization_id":"7db20441-a04c-49ba-8089-1197b3a66a4b","role":"admin",\#
        "user_id":"2f0d8f4e-90a6-4c0a-b0a4-5f3c1d2e4b6a","email":"user@example.com","name":"John Doe",\#
        "scopes":["devices:read","devices:write","packets:read"]}
        """#
    static let loggedOut = #"{"message":"Logged out"}"#
    static let audit = #"""
        {"entries":[{"sequence":42,"at":"2024-01-21T09:15:00Z","actor_type":"key",\#
        "actor_id":"550e8400-e29b-41d4-a716-446655440000","action":"device.update",\#
        "object":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80","detail":"name","remote_address":"192.0.2.17",\#
        "request_id":"req_01HM4T4G9ZQ0M1W8K7N2C5D3E6",\#
        "hash":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}],\#
        "count":1,"has_more":false}
        """#
}
