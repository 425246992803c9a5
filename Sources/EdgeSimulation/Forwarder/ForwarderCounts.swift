/// What became of the datagrams that a simulated forwarder, or a replay, has sent.
package struct ForwarderCounts: Hashable, Sendable {
    /// Receptions put into PUSH_DATA. 0 in a replay, which does not look inside.
    package var uplinks = 0
    /// PUSH_DATA that the server acknowledged.
    package var acknowledged = 0
    /// PUSH_DATA that the server did not acknowledge in time.
    package var missing = 0
    /// PUSH_DATA still waited for.
    package var unanswered = 0
    package var pullsAcknowledged = 0
    package var pullsMissing = 0
    /// PULL_RESP received. None of them is transmitted.
    package var downlinks = 0

    /// PUSH_DATA sent.
    var pushed: Int { acknowledged + missing + unanswered }
}
