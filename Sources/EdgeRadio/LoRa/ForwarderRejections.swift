import SemtechUDP

/// Why a datagram, or the part of it that is not `rxpk`, was not used.
enum DatagramRejection: Hashable, CaseIterable {
    case malformed(DatagramError)
    /// The body of a PUSH_DATA; it was acknowledged all the same.
    case body(Rejection)
    /// A type that only servers send.
    case fromServer
    case rateLimited
    case gatewayNotAllowed
    /// A TX_ACK for nothing that was sent.
    case unexpectedAck

    static var allCases: [DatagramRejection] {
        DatagramError.allCases.map(Self.malformed)
            + Rejection.allCases.filter { !$0.concernsPacket }.map(Self.body)
            + [.fromServer, .rateLimited, .gatewayNotAllowed, .unexpectedAck]
    }

    var metricName: String {
        switch self {
        case .malformed(let error): error.rawValue
        case .body(let rejection): rejection.rawValue
        case .fromServer: "from_server"
        case .rateLimited: "rate_limited"
        case .gatewayNotAllowed: "gateway_not_allowed"
        case .unexpectedAck: "unexpected_ack"
        }
    }
}

/// Why an `rxpk` did not become a sighting.
enum PacketRejection: Hashable, CaseIterable {
    case malformed(Rejection)
    case notLoRaWAN(FrameRejection)

    static var allCases: [PacketRejection] {
        Rejection.allCases.filter(\.concernsPacket).map(Self.malformed)
            + FrameRejection.allCases.map(Self.notLoRaWAN)
    }

    var metricName: String {
        switch self {
        case .malformed(let rejection): rejection.rawValue
        case .notLoRaWAN(let rejection): rejection.rawValue
        }
    }
}

extension Rejection {
    var concernsPacket: Bool { self != .malformedStat && self != .malformedBody }
}
