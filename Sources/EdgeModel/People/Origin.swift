/// Who makes a change, and from where: what the audit log says of it.
package struct Origin: Hashable, Sendable {
    package enum Initiator: Hashable, Sendable {
        /// Somebody without a credential.
        case nobody
        /// The gateway by itself.
        case gateway
        /// A person at the machine's command line.
        case machine
        case key(APIKeyID)
        case account(AccountID)

        /// `key`, `account`, … and the identifier, if it has one.
        package var parts: (kind: String, id: String?) {
            switch self {
            case .nobody: ("nobody", nil)
            case .gateway: ("gateway", nil)
            case .machine: ("machine", nil)
            case .key(let id): ("key", id.rawValue)
            case .account(let id): ("account", id.rawValue)
            }
        }
    }

    package var initiator: Initiator
    /// The address of the peer, as the socket has it.
    package var address: String?
    package var requestID: String?

    package init(_ initiator: Initiator, address: String? = nil, requestID: String? = nil) {
        self.initiator = initiator
        self.address = address
        self.requestID = requestID
    }

    package static let machine = Origin(.machine)
    package static let gateway = Origin(.gateway)
}
