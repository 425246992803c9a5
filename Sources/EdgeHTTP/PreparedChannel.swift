import HummingbirdCore
import Logging
package import NIOCore

/// Gets a fresh connection on its event loop, to put something before HTTP.
package typealias ConnectionPreparation = @Sendable (any Channel) throws -> Void

/// HTTP/1.1 behind what was prepared.
struct PreparedChannel: ServerChildChannel {
    let http: HTTP1Channel
    let prepare: ConnectionPreparation

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        do {
            try prepare(channel)
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return http.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}
