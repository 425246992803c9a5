import BluetoothLE
import NIOCore
import NIOPosix

/// The host's end of an H4 connection, for tests.
struct HCIHost {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var deframer = H4Deframer()
    private(set) var reports: [LEExtendedAdvertisingReport] = []
    private(set) var eventCount = 0

    struct Disconnected: Error {}

    static func connect<Result: Sendable>(
        to address: SocketAddress, _ body: (inout HCIHost) async throws -> Result
    ) async throws -> Result {
        let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(to: address) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await client.executeThenClose { inbound, outbound in
            var host = HCIHost(outbound: outbound, inbound: inbound.makeAsyncIterator())
            return try await body(&host)
        }
    }

    private init(
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    ) {
        self.outbound = outbound
        self.inbound = inbound
    }

    /// Sends a command and waits for its answer; reports that come before it are kept.
    mutating func send(_ command: some HCICommand) async throws -> HCIStatus? {
        try await outbound.write(ByteBuffer(bytes: command.h4Packet))
        while true {
            if case .commandComplete(let answer) = try await nextEvent() { return answer.status }
        }
    }

    /// Sends what is no H4 and waits until the controller hangs up.
    mutating func sendNoise(_ bytes: [UInt8]) async throws {
        try await outbound.write(ByteBuffer(bytes: bytes))
        while true { _ = try await nextEvent() }
    }

    mutating func startScan(_ parameters: some HCICommand, _ enable: some HCICommand) async throws {
        _ = try await send(HCIReset())
        _ = try await send(HCISetEventMask.scanning)
        _ = try await send(HCILESetEventMask.scanning)
        _ = try await send(parameters)
        _ = try await send(enable)
    }

    /// Waits until there are `count` reports.
    mutating func waitForReports(_ count: Int) async throws {
        while reports.count < count { _ = try await nextEvent() }
    }

    private mutating func nextEvent() async throws -> HCIEvent {
        while true {
            if let packet = try deframer.next() {
                let event = try HCIEvent(decoding: packet.bytes)
                keepReports(of: event)
                return event
            }
            guard let chunk = try await inbound.next() else { throw Disconnected() }
            deframer.append(Array(chunk.readableBytesView)[...])
        }
    }

    private mutating func keepReports(of event: HCIEvent) {
        switch event {
        case .extendedAdvertisingReports(let found):
            eventCount += 1
            reports += found.compactMap { try? $0.get() }
        case .advertisingReports(let found):
            eventCount += 1
            reports += found.compactMap { try? $0.get() }.map {
                LEExtendedAdvertisingReport(
                    eventType: .legacyNonConnectable, addressType: $0.addressType, address: $0.address,
                    rssi: $0.rssi, data: $0.data)
            }
        default: break
        }
    }
}
