import CoreMetrics
import Logging
import NIOCore
import NIOSSL

/// Stands before HTTP on a fresh connection. For a client that asks for a tunnel to a known name, it
/// answers as that name itself: TLS is put under the HTTP that follows, on the same connection. So who
/// is at the other end stays as it is, and nothing is ever relayed to anybody.
final class TunnelHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let authority: LocalAuthority
    private let metrics: TunnelMetrics
    private let logger: Logger
    private var head = ByteBuffer()
    private var isDone = false

    init(authority: LocalAuthority, metrics: TunnelMetrics, logger: Logger) {
        self.authority = authority
        self.metrics = metrics
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        var bytes = unwrapInboundIn(data)
        head.writeBuffer(&bytes)
        switch ConnectRequest(head.readableBytesView) {
        case .incomplete: break
        case .other:
            isDone = true
            context.fireChannelRead(wrapInboundOut(head))
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        case .malformed: refuse(context, .badRequest)
        case .tunnel(let host, 443, let length) where KnownNames.all.contains(host):
            open(context, to: host, after: length)
        case .tunnel: refuse(context, .forbidden)
        }
    }

    private func open(_ context: ChannelHandlerContext, to host: String, after length: Int) {
        isDone = true
        head.moveReaderIndex(forwardBy: length)
        do {
            let tls = NIOSSLServerHandler(context: try authority.context(for: host))
            context.writeAndFlush(
                wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n")),
                promise: nil)
            let pipeline = context.pipeline.syncOperations
            try pipeline.addHandler(tls, position: .before(self))
            pipeline.removeHandler(self, promise: nil)
            metrics.opened.increment()
            // A client that does not wait for the answer has begun with TLS already.
            guard head.readableBytes > 0 else { return }
            pipeline.fireChannelRead(NIOAny(head))
            pipeline.fireChannelReadComplete()
        } catch {
            logger.error("a tunnel was not opened", metadata: ["error": "\(error)"])
            context.close(promise: nil)
        }
    }

    private enum Refusal: String {
        case badRequest = "400 Bad Request"
        case forbidden = "403 Forbidden"

        var message: String {
            switch self {
            case .badRequest: "The request for a tunnel is not valid"
            case .forbidden: "Tunnels lead to the Hubble Cloud API's names on port 443 only"
            }
        }
    }

    private func refuse(_ context: ChannelHandlerContext, _ refusal: Refusal) {
        isDone = true
        metrics.refused.increment()
        let code = refusal.rawValue.prefix(3)
        let body = #"{"error":"\#(refusal.message)","message":"\#(refusal.message)","code":\#(code)}"#
        let answer = """
            HTTP/1.1 \(refusal.rawValue)\r\nContent-Type: application/json; charset=utf-8\r\n\
            Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)
            """
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        context.close(promise: nil)
    }
}
