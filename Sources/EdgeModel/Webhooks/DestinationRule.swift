/// Where deliveries may go: https anywhere but to what never is a destination, http only within the
/// owner's own network.
package struct DestinationRule: Hashable, Sendable {
    /// http is refused also within the own network.
    package var httpsOnly: Bool

    package init(httpsOnly: Bool = false) { self.httpsOnly = httpsOnly }

    /// What can be told without asking a resolver. Throws `invalid` with the reason.
    package func check(_ url: DestinationURL) throws {
        if url.scheme == .http, httpsOnly { throw EdgeError.invalid("url: https is required here") }
        switch url.host {
        case .address(let address):
            guard permits(address, url.scheme) else {
                throw EdgeError.invalid(
                    address.isNeverADestination
                        ? "url: \(address) is no destination" : "url: http is for local addresses; use https")
            }
        case .name(let name):
            guard url.scheme == .https || Self.isLocal(name) else {
                throw EdgeError.invalid("url: http is for local addresses and names under .local or .lan")
            }
        }
    }

    /// Whether a connection may be made to `address`, which is what a name stood for just now.
    package func permits(_ address: IPAddress, _ scheme: DestinationURL.Scheme) -> Bool {
        guard !address.isNeverADestination else { return false }
        return scheme == .https || (!httpsOnly && address.isLocal)
    }

    private static func isLocal(_ name: String) -> Bool {
        name == "localhost" || [".localhost", ".local", ".lan"].contains { name.hasSuffix($0) }
    }
}
