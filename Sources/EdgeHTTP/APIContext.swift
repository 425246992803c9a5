import EdgeCore
package import Hummingbird
import NIOCore
import Synchronization

/// What is known about one request while it is answered.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?
    let trace = RequestTrace()

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }

    /// The request came from this machine.
    var isLoopback: Bool {
        guard let address = remoteAddress?.ipAddress else { return false }
        return address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }
}

/// What the handler of a request learns, for those around it: the response headers and the log.
final class RequestTrace: Sendable {
    struct Findings {
        var requestID = ""
        var dialect: Dialect?
        var route = ""
        var principal: Principal?
        var standing: RateLimiter.Standing?
    }
    private let findings = Mutex(Findings())

    var current: Findings { findings.withLock { $0 } }

    func update(_ change: (inout Findings) -> Void) { findings.withLock { change(&$0) } }
}
