package import EdgeModel
package import EdgeStore
package import NIOCore

/// Turns packets into the body of a delivery.
package typealias DeliveryRenderer =
    @Sendable (_ packets: [PacketEntry], _ shape: Webhook.Shape) -> ByteBuffer

/// What the operator may choose about deliveries, and what they look like.
package struct DeliveryOptions: Sendable {
    package var rule: DestinationRule
    package var retry = RetryPolicy()
    package var backlog = BacklogLimit()
    /// Attempts at once, over all destinations that took what they were sent last.
    package var connections = 64
    /// Attempts at once to destinations that failed last: those wait for each other, not the rest for
    /// them.
    package var doubtfulConnections = 16
    /// How long an attempt that is under way may go on after the gateway was told to stop.
    package var grace = Duration.seconds(4)
    package var render: DeliveryRenderer
    package var renderEvents: @Sendable ([GatewayEvent]) -> ByteBuffer
    /// The body of a trial.
    package var trial: @Sendable () -> ByteBuffer

    package init(
        rule: DestinationRule, render: @escaping DeliveryRenderer,
        renderEvents: @escaping @Sendable ([GatewayEvent]) -> ByteBuffer = { _ in ByteBuffer() },
        trial: @escaping @Sendable () -> ByteBuffer
    ) {
        self.rule = rule
        self.render = render
        self.renderEvents = renderEvents
        self.trial = trial
    }
}
