package import EdgeModel
import Glibc
import NIOPosix

/// An address that a connection may be made to, in the text that leads there without a resolver: with
/// its zone, where it has one.
package struct ResolvedAddress: Hashable, Sendable {
    package var address: IPAddress
    package var text: String

    package init(_ address: IPAddress) {
        self.address = address
        text = address.description
    }

    init?(numeric text: String) {
        guard let address = IPAddress(String(text.prefix { $0 != "%" })) else { return nil }
        self.address = address
        self.text = text
    }
}

/// Asks the system for the addresses of a name, on threads of its own: a name server that does not
/// answer holds up nobody else's work. Names resolve between `start` and `shutDown`.
package final class AddressResolver: Sendable {
    /// Look-ups at once; more wait for a thread.
    private static let threads = 8
    private let pool = NIOThreadPool(numberOfThreads: threads)

    package init() {}

    package func start() { pool.start() }

    /// Does not wait for look-ups that still wait for a name server.
    package func shutDown() { pool.shutdownGracefully { _ in } }

    /// In the order in which the system would try them; empty when there are none. Throws
    /// `CancellationError` when the task is cancelled before the answer.
    package func addresses(of host: DestinationURL.Host) async throws -> [ResolvedAddress] {
        switch host {
        case .address(let address): return [ResolvedAddress(address)]
        case .name(let name):
            let (answers, answer) = AsyncStream.makeStream(
                of: [ResolvedAddress].self, bufferingPolicy: .bufferingNewest(1))
            pool.submit { state in
                if state == .active { answer.yield(Self.lookUp(name)) }
                answer.finish()
            }
            for await addresses in answers { return addresses }
            try Task.checkCancellation()
            throw EdgeError(.unavailable, "names are not resolved now")
        }
    }

    private static func lookUp(_ name: String) -> [ResolvedAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [ResolvedAddress] = []
        var next = list
        while let entry = next?.pointee, found.count < 32 {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let code = getnameinfo(
                entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let numeric = String(
                decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if code == 0, let address = ResolvedAddress(numeric: numeric) { found.append(address) }
            next = entry.ai_next
        }
        return found
    }
}
