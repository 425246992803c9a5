import EdgeCore
import EdgeNetwork

extension NetworkControl {
    /// The network server of this process.
    init(_ service: NetworkService, _ link: NetworkLink) {
        self.init(
            enqueue: { link.offer(.queued($0, $1)) }, cancel: { link.offer(.cancelled($0, $1)) },
            clearNonces: { try await service.clearNonces(of: $0) },
            payloadLimit: { try await service.payloadLimit(of: $0) },
            request: { try await service.request($0, of: $1) },
            requests: { try await service.requests(of: $0) })
    }
}
