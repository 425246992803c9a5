import EdgeCore
import EdgeDelivery
import EdgeModel

extension WebhookDelivery {
    /// Tries webhooks through the service that delivers to them.
    init(_ rule: DestinationRule, _ deliveries: DeliveryService) {
        self.init(rule: rule) { webhook in
            let outcome = try await deliveries.test(webhook)
            return Trial(isSuccess: outcome.reason == nil, status: outcome.status, error: outcome.reason)
        }
    }
}
