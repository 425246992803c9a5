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
        case let error as PacketForwarderError: return configuration("\(error)")
        case let error as IOError where error.isAddressTrouble:
            return configuration("cannot listen for HTTP on \(api): \(error.reason)")
        default:
            Terminal.complain("\(error)")
            return ExitCode(1)
        }
    }
}

extension IOError {
    /// The address is in use, not ours, or not allowed.
    fileprivate var isAddressTrouble: Bool {
        [EADDRINUSE, EADDRNOTAVAIL, EACCES, EINVAL].contains(errnoCode)
    }

    fileprivate var reason: String { String(cString: strerror(errnoCode)) }
}
