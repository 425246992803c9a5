/// Requests and answers about webhooks, as the reference has them.
enum WebhookExamples {
    static let create = #"""
        {"url":"https://your-domain.com/webhook/hubble","name":"Production Webhook","max_batch_size":100,\#
        "secret":"your-secret-token-for-validation"}
        """#
    static let created = answer(
        members(
            added: #""secret":"your-secret-token-for-validation","#,
            progress: #""last_delivery_at":null,"total_deliveries":0,"failed_deliveries":0"#))
    static let list = #"{"webhooks":[{\#(members())}]}"#
    static let one = answer(members())
    static let update = #"{"max_batch_size":500,"name":"Updated Production Webhook"}"#
    static let updated = answer(
        members(name: "Updated Production Webhook", size: 500, updated: "2024-01-21T09:15:00Z"))
    static let deleted = #"""
        {"message":"Webhook successfully deleted","webhook_id":"3e8f1b6a-5c27-4d90-b1e4-6f2a7c9d0e35"}
        """#
    static let tried = #"{"success":true,"status_code":200,"error":null}"#

    /// Enveloped, and flat beside that.
    private static func answer(_ members: String) -> String { #"{"webhook":{\#(members)},\#(members)}"# }

    private static func members(
        name: String = "Production Webhook", size: Int = 100, added: String = "",
        progress: String = #"""
        "last_delivery_at":"2024-01-20T14:22:00Z","total_deliveries":15234,"failed_deliveries":12
        """#, updated: String = "2024-01-15T10:30:00Z"
    ) -> String {
        #"""
        "webhook_id":"3e8f1b6a-5c27-4d90-b1e4-6f2a7c9d0e35",\#
        "org_id":"7db20441-a04c-49ba-8089-1197b3a66a4b","url":"https://your-domain.com/webhook/hubble",\#
        "name":"\#(name)","max_batch_size":\#(size),\#(added)"shape":"both","events":["packets"],\#
        "run_at":"here","status":"active",\#
        "paused_reason":null,"last_error":null,\#(progress),"dropped_packets":0,\#
        "created_at":"2024-01-15T10:30:00Z","updated_at":"\#(updated)"
        """#
    }
}
