/// What an operator asks of a LoRaWAN device once, beside what its profile wants of it.
package enum DeviceRequest: Hashable, Sendable {
    /// DevStatusReq: battery and margin.
    case status
    /// ForceRejoinReq, LoRaWAN 1.1.
    case rejoin(Rejoin)
    /// DlChannelReq: RX1 after uplinks on this channel is at this frequency, in hertz.
    case downlinkChannel(index: Int, frequency: UInt32)

    package struct Rejoin: Hashable, Sendable {
        /// 0 or 1 asks for a rejoin-request of type 0, 2 for one of type 2.
        package var type: Int
        package var dataRate: Int
        /// How often it is sent again until it is answered.
        package var retries: Int
        /// Repetitions come 32 s x 2^period apart, and a little more.
        package var period: Int

        package init(type: Int, dataRate: Int, retries: Int, period: Int) {
            self.type = type
            self.dataRate = dataRate
            self.retries = retries
            self.period = period
        }
    }
}

/// What is on its way to a LoRaWAN device beside data, in words.
package struct DeviceRequests: Hashable, Sendable {
    /// Asked for by an operator, and not sent yet.
    package var waiting: [String]
    /// Sent, by an operator's wish or the profile's, and not answered yet.
    package var unanswered: [String]

    package init(waiting: [String] = [], unanswered: [String] = []) {
        self.waiting = waiting
        self.unanswered = unanswered
    }
}
