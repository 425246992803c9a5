import BluetoothLE
import CBluetooth
import EdgeRadio
import EdgeTestSupport
import Foundation
import Synchronization

/// A controller behind a loopback socket: answers commands as a real one would, and sends what a
/// test gives it. Serves one connection after another on a thread of its own until closed.
final class VirtualController: Sendable {
    /// How this controller differs from a plain, well-behaved one with extended scanning.
    struct Manners: Sendable {
        var features: LEFeatures = .extendedAdvertising
        /// Statuses that differ from success, by command.
        var statuses: [HCIOpcode: HCIStatus] = [:]
        /// Bytes sent before the first answer of every connection.
        var noise: [UInt8] = []
    }

    let endpoint: H4Endpoint
    private let listener: CInt
    private let manners: Manners
    private let state = Mutex(State())

    private struct State {
        var connection: CInt = -1
        var connections = 0
        var commands: [HCICommandPacket] = []
        var isClosed = false
    }

    /// Listens on a free port of 127.0.0.1.
    static func tcp(port: UInt16 = 0, manners: Manners = Manners()) throws -> VirtualController {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var reuse: CInt = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && getsockname(listener, address, &size) == 0
            }
        }
        guard bound else { throw Failure(call: "bind") }
        let port = UInt16(bigEndian: address.sin_port)
        return try VirtualController(listener, .tcp(host: "127.0.0.1", port: port), manners)
    }

    /// Listens on a UNIX socket at `path`.
    static func unix(path: String, manners: Manners = Manners()) throws -> VirtualController {
        let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard bound else { throw Failure(call: "bind") }
        return try VirtualController(listener, .unix(path: path), manners)
    }

    struct Failure: Error { let call: String }

    private init(_ listener: CInt, _ endpoint: H4Endpoint, _ manners: Manners) throws {
        guard listen(listener, 4) == 0 else { throw Failure(call: "listen") }
        self.listener = listener
        self.endpoint = endpoint
        self.manners = manners
        Thread.detachNewThread { [self] in serve() }
    }

    // MARK: What a test does

    /// The opcodes received so far over all connections, in order.
    var opcodes: [HCIOpcode] { state.withLock { $0.commands.map(\.opcode) } }

    var connections: Int { state.withLock { $0.connections } }

    /// How often scanning was switched on.
    var scansEnabled: Int {
        state.withLock { state in
            state.commands.count {
                [.leSetScanEnable, .leSetExtendedScanEnable].contains($0.opcode) && $0.parameters.first == 1
            }
        }
    }

    func send(_ event: HCIEventPacket) { send(event.h4Packet) }

    func send(_ bytes: [UInt8]) {
        let connection = state.withLock { $0.connection }
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Ends the connection there is; the next one is accepted.
    func disconnect() { state.withLock { _ = shutdown($0.connection, CInt(SHUT_RDWR)) } }

    /// Ends everything; the endpoint refuses from now on.
    func close() {
        state.withLock { state in
            state.isClosed = true
            shutdown(state.connection, CInt(SHUT_RDWR))
        }
        shutdown(listener, CInt(SHUT_RDWR))
    }

    // MARK: The controller

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            let isClosed = state.withLock { state in
                state.connection = connection
                state.connections += 1
                return state.isClosed
            }
            if !isClosed { serve(connection) }
            state.withLock { $0.connection = -1 }
            Foundation.close(connection)
        }
        Foundation.close(listener)
    }

    private func serve(_ connection: CInt) {
        var deframer = H4Deframer()
        var chunk = [UInt8](repeating: 0, count: 4096)
        send(manners.noise)
        while true {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            deframer.append(chunk[..<count])
            while let packet = try? deframer.next(),
                let command = try? HCICommandPacket(decoding: packet.bytes)
            {
                state.withLock { $0.commands.append(command) }
                send(answer(to: command).packet)
            }
        }
    }

    private func answer(to command: HCICommandPacket) -> HCICommandComplete {
        let status = manners.statuses[command.opcode] ?? .success
        var parameters = [status.rawValue]
        if command.opcode == .leReadLocalSupportedFeatures {
            parameters += manners.features.encoded
        }
        return HCICommandComplete(opcode: command.opcode, returnParameters: parameters[...])
    }
}
