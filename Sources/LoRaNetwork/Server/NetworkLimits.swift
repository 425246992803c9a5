/// Everything that is bounded, and the times that the air and Semtech's forwarder dictate.
package struct NetworkLimits: Sendable {
    /// How long receptions of one frame are waited for, from the first on.
    package var collection = NetworkInstant.Span.milliseconds(200)
    /// A forwarder takes nothing that is less ahead than 42.5 ms; the rest is for the network
    /// between, there and back.
    package var lead = NetworkInstant.Span.milliseconds(43 + 60)
    /// Without a TX_ACK for so long, a gateway is silent.
    package var ackTimeout = NetworkInstant.Span.milliseconds(500)
    /// Receptions kept of one frame: the best.
    package var receptions = 8
    package var queuedItems = 64
    /// Joins that are being collected at one time.
    package var joins = 4_096
    /// Gateways whose share of time is counted; beyond, the one unused longest is forgotten.
    package var gateways = 4_096
    /// Class C: how long an acknowledgement is waited for before the next try.
    package var acknowledgement = NetworkInstant.Span.seconds(8)
    /// A copy that comes later than this after the first reception is the device once more.
    package var lateCopy = NetworkInstant.Span.milliseconds(900)
    /// One note about a refused join of a device in so long.
    package var refusalNotes = NetworkInstant.Span.seconds(10)
    /// A class C gateway is not chosen by a reception older than this.
    package var pathAge = NetworkInstant.Span.seconds(24 * 3_600)

    package init() {}
}
