import Crypto
import CryptoExtras
import Dispatch
package import EdgeModel
import FoundationEssentials
import Synchronization

/// What one password costs to try: scrypt's parameters (RFC 7914).
package struct PasswordCost: Sendable {
    package var logRounds: Int
    package var blockSize: Int
    package var parallelism: Int

    package init(logRounds: Int, blockSize: Int = 8, parallelism: Int) {
        self.logRounds = logRounds
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// 32 MiB, three times over: what OWASP asks for, in memory that a small gateway has.
    package static let standard = PasswordCost(logRounds: 15, parallelism: 3)
}

/// Makes and checks password hashes: `scrypt$LOGROUNDS$BLOCKSIZE$PARALLELISM$SALT$HASH`.
///
/// One at a time, on a thread that is not of the pool that answers requests; so the memory for one
/// is all that is ever in use. Who comes when too many wait is sent away.
package actor PasswordHasher {
    private static let waitingLimit = 16

    private let executor = SerialQueueExecutor(label: "holdfast.passwords")
    private let cost: PasswordCost
    private let waiting = Mutex(0)

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    package init(cost: PasswordCost) { self.cost = cost }

    package nonisolated func hash(_ password: SecretBytes) async throws -> SecretBytes {
        try enter()
        defer { leave() }
        return try await record(of: password)
    }

    /// Whether this is the password. Takes as long without a record as with one.
    package nonisolated func matches(_ password: SecretBytes, _ record: SecretBytes?) async throws -> Bool {
        try enter()
        defer { leave() }
        return try await compare(password, record)
    }

    private nonisolated func enter() throws {
        let isAdmitted = waiting.withLock { waiting in
            guard waiting < Self.waitingLimit else { return false }
            waiting += 1
            return true
        }
        guard isAdmitted else {
            throw EdgeError(.rateLimited, "Too many logins at once", retryAfterSeconds: 5)
        }
    }

    private nonisolated func leave() { waiting.withLock { $0 -= 1 } }

    private func record(of password: SecretBytes) throws -> SecretBytes {
        let salt = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
        let parts =
            [
                "scrypt", "\(cost.logRounds)", "\(cost.blockSize)", "\(cost.parallelism)",
                Base64URL.encode(salt), Base64URL.encode(try Self.derive(password, salt, cost)),
            ]
        return SecretBytes(Array(parts.joined(separator: "$").utf8))
    }

    private func compare(_ password: SecretBytes, _ record: SecretBytes?) throws -> Bool {
        guard let record else {
            _ = try Self.derive(password, [UInt8](repeating: 0, count: 16), cost)
            return false
        }
        let parts = String(decoding: record.bytes, as: UTF8.self).split(separator: "$")
        guard parts.count == 6, parts[0] == "scrypt", let logRounds = Int(parts[1]),
            (1...20).contains(logRounds),
            let blockSize = Int(parts[2]), let parallelism = Int(parts[3]),
            let salt = Base64URL.decode(parts[4]), let hash = Base64URL.decode(parts[5])
        else { throw EdgeError(.unavailable, "a stored password cannot be read") }
        let cost = PasswordCost(logRounds: logRounds, blockSize: blockSize, parallelism: parallelism)
        return try Self.derive(password, salt, cost).isEqual(to: hash)
    }

    private static func derive(_ password: SecretBytes, _ salt: [UInt8], _ cost: PasswordCost) throws
        -> [UInt8]
    {
        try KDF.Scrypt.deriveKey(
            from: password.bytes, salt: salt, outputByteCount: 32, rounds: 1 << cost.logRounds,
            blockSize: cost.blockSize, parallelism: cost.parallelism
        ).withUnsafeBytes { Array($0) }
    }
}

/// Runs an actor's work one piece after another on a thread of its own.
private final class SerialQueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
