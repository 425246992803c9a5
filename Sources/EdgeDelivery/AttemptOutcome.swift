/// What came of one attempt to deliver.
package enum AttemptOutcome: Hashable, Sendable {
    /// Any 2xx.
    case delivered(status: Int)
    /// 410: the receiver wants no more.
    case gone
    case failed(Failure)

    package struct Failure: Hashable, Sendable {
        package enum Kind: String, CaseIterable, Sendable {
            /// Another status than 2xx.
            case refused
            /// No answer in time.
            case timeout
            /// The name does not resolve, or the connection fails.
            case transport
            /// The address is not one that may be delivered to.
            case forbidden
        }

        package var kind: Kind
        package var status: Int?
        /// For the webhook's owner: what happened, without anything from inside.
        package var reason: String
        /// What the receiver asked for with 429 or 503.
        package var retryAfter: Duration?

        package init(_ kind: Kind, status: Int? = nil, reason: String, retryAfter: Duration? = nil) {
            self.kind = kind
            self.status = status
            self.reason = reason
            self.retryAfter = retryAfter
        }
    }

    package init(status: Int, retryAfter: String?) {
        switch status {
        case 200..<300: self = .delivered(status: status)
        case 410: self = .gone
        default:
            var asked: Duration?
            // The form with a date would need a wall clock that both sides agree on.
            if status == 429 || status == 503, let seconds = retryAfter.flatMap({ Int($0) }), seconds > 0 {
                asked = .seconds(min(seconds, 300))
            }
            self = .failed(
                Failure(.refused, status: status, reason: "HTTP status \(status)", retryAfter: asked))
        }
    }

    package var status: Int? {
        switch self {
        case .delivered(let status): status
        case .gone: 410
        case .failed(let failure): failure.status
        }
    }

    /// What is counted.
    package var label: String {
        switch self {
        case .delivered: "delivered"
        case .gone: "gone"
        case .failed(let failure): failure.kind.rawValue
        }
    }

    /// Nil when it was delivered.
    package var reason: String? {
        switch self {
        case .delivered: nil
        case .gone: "HTTP status 410"
        case .failed(let failure): failure.reason
        }
    }
}
