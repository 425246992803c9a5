import Glibc

/// A system call that failed: what was attempted, and `errno`.
package struct SystemError: Error, CustomStringConvertible {
    package let operation: String
    package let code: Int32

    /// Takes the calling thread's `errno`.
    init(_ operation: String) {
        self.operation = operation
        code = errno
    }

    package var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
