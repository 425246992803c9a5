import ArgumentParser
import EdgeRadio
import Glibc
import NIOCore

/// Ends the process with one line and a status: 78 (`EX_CONFIG`) when the operator can mend it in
/// the configuration, 1 otherwise.
enum Failure {
    static func configuration(_ message: String) -> ExitCode {
        Terminal.complain(message)
        return ExitCode(78)
    }

    static func exit(for error: any Error, api: String) -> ExitCode {
        switch error {
        case let error as ConfigurationError: return configuration(error.description)
        case PacketForwarderError.cannotListen(let host, let port, let cause):
            return configuration(
                "cannot listen for packet forwarders on UDP \(host):\(port): \(reason(cause))")
        case let error as IOError where error.isAddressTrouble:
            return configuration("cannot listen for HTTP on \(api): \(reason(error))")
        case is SocketAddressError, is SocketAddressError.UnknownHost:
            return configuration("cannot listen for HTTP on \(api): \(reason(error))")
        default:
            Terminal.complain("\(error)")
            return ExitCode(1)
        }
    }
}

extension Failure {
    /// The system's words for what went wrong with an address.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case SocketAddressError.unknown(let host, _): "there is no host '\(host)'"
        case let error as SocketAddressError.UnknownHost: "there is no host '\(error.host)'"
        default: "\(error)"
        }
    }
}

extension IOError {
    /// The address is in use, not ours, or not allowed.
    fileprivate var isAddressTrouble: Bool {
        [EADDRINUSE, EADDRNOTAVAIL, EACCES, EINVAL].contains(errnoCode)
    }
}
