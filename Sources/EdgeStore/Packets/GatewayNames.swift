import EdgeModel
import Synchronization

/// The names of gateways by row, read once: a row's name never changes, and no row is used again.
final class GatewayNames: Sendable {
    /// Gateways that have a name of their own. Anybody who reaches the port of packet forwarders can make
    /// names up; a central that hears through ten thousand gateways has room for several each.
    static let limit = 50_000
    /// Names up to which a frame that no key opened still adds one. What is above is for packets of
    /// registered devices, so that strangers take no name from them.
    static let rawFrameLimit = 10_000
    /// Under which is filed what comes from gateways that there is no room for.
    static let others = GatewayID("others")

    private let names = Mutex<[Int64: GatewayID]>([:])

    var known: [Int64: GatewayID] { names.withLock { $0 } }

    func keep(_ gateway: GatewayID, _ row: Int64) { names.withLock { $0[row] = gateway } }

    func forget(_ rows: [Int64]) {
        names.withLock { names in for row in rows { names[row] = nil } }
    }
}
