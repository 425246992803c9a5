/// Where advertising reports come from.
package enum BluetoothSource: Hashable, Sendable {
    /// An adapter of this machine, by the number in its name: 0 is `hci0`.
    case adapter(UInt16)
    /// A controller behind a byte stream.
    case h4(H4Endpoint)
}

/// The address of a controller that speaks H4 over a stream socket.
package enum H4Endpoint: Hashable, Sendable, CustomStringConvertible {
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    /// As it is written in the configuration, after `h4:`.
    package var description: String {
        switch self {
        case .tcp(let host, let port) where host.contains(":"): "[\(host)]:\(port)"
        case .tcp(let host, let port): "\(host):\(port)"
        case .unix(let path): path
        }
    }
}
