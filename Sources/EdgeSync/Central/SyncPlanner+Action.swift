import EdgeDelivery
package import EdgeModel

extension SyncPlanner {
    /// What a gateway says next.
    package enum Action: Hashable, Sendable {
        /// Nothing to do before this moment, unless something changes.
        case wait(until: MonotonicInstant)
        /// Say how the gateway is, and learn what the central has.
        case report
        /// Send rows from the beginning of this range, as many as `batchLimit`.
        case send(ClosedRange<Int64>)
        /// Hold what the central has under these numbers against what is here.
        case verify(ClosedRange<Int64>)
        /// Send what has changed of rows that were sent.
        case sendUpdates
        /// Send the changes of devices that were made here.
        case sendOperations
        /// Fetch the changes of the settings.
        case fetchSettings
        /// Fetch the changes of the registry.
        case fetchRegistry
        /// Send audit entries.
        case sendAudit
        /// Send frames that nobody could open.
        case sendFrames
        /// Bring LoRaWAN sessions, and fetch those of others.
        case exchangeSessions

        /// What kind of request that is.
        package var request: UpstreamRequest {
            switch self {
            case .wait, .report: .contact
            case .send: .rows
            case .verify: .verification
            case .sendUpdates: .updates
            case .sendOperations: .operations
            case .fetchSettings: .settings
            case .fetchRegistry: .registry
            case .sendAudit: .audit
            case .sendFrames: .frames
            case .exchangeSessions: .sessions
            }
        }
    }

    /// What of sessions is here.
    package struct Sessions: Hashable, Sendable {
        /// What is in force of the central's.
        package var inForce: RegistryState
        /// Some have changed here, or are claimed.
        package var haveChanged: Bool

        package init(inForce: RegistryState, haveChanged: Bool) {
            self.inForce = inForce
            self.haveChanged = haveChanged
        }
    }
}
