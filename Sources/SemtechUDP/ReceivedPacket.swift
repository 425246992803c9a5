/// One reception as a concentrator reports it: an `rxpk` object (PROTOCOL.md, section 4).
///
/// A reception whose CRC failed never becomes one of these.
package struct ReceivedPacket: Hashable, Sendable {
    /// `data`, decoded: 1 to 255 bytes. `size` is not compared with it, as peers do not.
    package var payload: [UInt8]
    /// `freq`: centre frequency in hertz, rounded; the wire has MHz with six decimals.
    package var frequency: UInt32
    /// `datr`.
    package var dataRate: DataRate
    /// `codr`: `4/5` and so on. Nil on FSK, and where it says `OFF`.
    package var codingRate: String?
    /// `tmst`: the concentrator's microsecond counter at the end of the reception, modulo 2^32
    /// whatever was sent.
    package var counter: UInt32?
    /// `time`, as it was sent (RFC 3339).
    package var time: String?
    /// `tmms`: milliseconds since 1980-01-06, without leap seconds (GPS time).
    package var gpsMilliseconds: UInt64?
    package var signal: Signal
    /// `rfch`.
    package var radioChain: Int?
    /// `stat`.
    package var crc: CRCStatus

    package enum CRCStatus: Hashable, Sendable {
        case valid
        /// The frame carried none, or the forwarder does not say: `stat` is not 1 or -1.
        case notChecked
    }

    /// What one antenna measured: the object itself, or the best entry of `rsig` (jver 2).
    package struct Signal: Hashable, Sendable {
        /// `rssi`, or `rssic`, or `rssis`: dBm.
        package var rssi: Double?
        /// `lsnr`: dB; LoRa only.
        package var snr: Double?
        /// `chan`: the concentrator's IF channel.
        package var channel: Int?

        package init(rssi: Double? = nil, snr: Double? = nil, channel: Int? = nil) {
            self.rssi = rssi
            self.snr = snr
            self.channel = channel
        }

        /// Higher RSSI first, then higher SNR; an unknown value loses.
        func isStronger(than other: Signal) -> Bool {
            let mine = rssi ?? -.infinity
            let theirs = other.rssi ?? -.infinity
            return mine == theirs ? (snr ?? -.infinity) > (other.snr ?? -.infinity) : mine > theirs
        }
    }

    package init(
        payload: [UInt8], frequency: UInt32, dataRate: DataRate, codingRate: String? = nil,
        counter: UInt32? = nil, time: String? = nil, gpsMilliseconds: UInt64? = nil,
        signal: Signal = Signal(), radioChain: Int? = nil, crc: CRCStatus = .valid
    ) {
        self.payload = payload
        self.frequency = frequency
        self.dataRate = dataRate
        self.codingRate = codingRate
        self.counter = counter
        self.time = time
        self.gpsMilliseconds = gpsMilliseconds
        self.signal = signal
        self.radioChain = radioChain
        self.crc = crc
    }
}
