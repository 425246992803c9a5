import Glibc

/// A system call that failed: which one, and its `errno`.
package struct SystemCallFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let call: String
    package let code: CInt

    package init(_ call: String, code: CInt = errno) {
        self.call = call
        self.code = code
    }

    /// As `connect: Connection refused`.
    package var description: String { "\(call): \(String(cString: strerror(code)))" }
}
