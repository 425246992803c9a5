import EdgeHTTP
package import EdgeModel
package import NIOCore

/// The body of a delivery, as receivers know it.
extension HubbleDialect {
    package static func deliveryBody(_ packets: [PacketEntry], shape: Webhook.Shape) -> ByteBuffer {
        var json = JSONWriter(reserving: 1_100 * (packets.count + 1))
        json.object { json in
            json.array("packets", packets) { PacketView(entry: $1, shape: shape).write(to: &$0) }
        }
        return json.buffer
    }

    /// The body of a trial: no packets, and a mark that says why.
    package static func trialBody() -> ByteBuffer {
        var json = JSONWriter()
        json.object { json in
            json.array("packets", [Int]()) { $0.value($1) }
            json.field("test", true)
        }
        return json.buffer
    }
}
