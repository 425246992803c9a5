/// A forwarder's `stat` object (PROTOCOL.md, section 4): what it counted since its last report.
///
/// Any of it may be missing: `ackr: null`, no `time`, nothing but coordinates have all been met.
package struct ForwarderStatistics: Hashable, Sendable {
    /// `time` as it was sent: `2014-01-12 08:59:28 GMT`, or RFC 3339.
    package var time: String?
    /// `lati` and `long`: degrees; placeholders such as 0, 0 are passed on as they are.
    package var latitude: Double?
    package var longitude: Double?
    /// `alti`: metres.
    package var altitude: Double?
    /// `rxnb`: radio packets received.
    package var received: UInt32?
    /// `rxok`: of those, with a valid CRC.
    package var receivedWithValidCRC: UInt32?
    /// `rxfw`: forwarded to the server.
    package var forwarded: UInt32?
    /// `ackr`: percentage of upstream datagrams that were acknowledged.
    package var acknowledgedPercent: Double?
    /// `dwnb`: downlink datagrams received.
    package var downlinksReceived: UInt32?
    /// `txnb`: packets sent by radio.
    package var downlinksSent: UInt32?
    /// `temp`: degrees Celsius.
    package var temperature: Double?

    package init() {}

    static func read(from reader: inout JSONReader) throws(JSONReader.SyntaxError) -> ForwarderStatistics {
        var stat = ForwarderStatistics()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "time": stat.time = try reader.stringValue()
            case "lati": stat.latitude = try reader.number()?.double
            case "long": stat.longitude = try reader.number()?.double
            case "alti": stat.altitude = try reader.number()?.double
            case "rxnb": stat.received = try reader.count()
            case "rxok": stat.receivedWithValidCRC = try reader.count()
            case "rxfw": stat.forwarded = try reader.count()
            case "ackr": stat.acknowledgedPercent = try reader.number()?.double
            case "dwnb": stat.downlinksReceived = try reader.count()
            case "txnb": stat.downlinksSent = try reader.count()
            case "temp": stat.temperature = try reader.number()?.double
            default: try reader.skipValue()
            }
        }
        return stat
    }
}

extension JSONReader {
    /// A counter; nil when it is missing, negative or absurd.
    fileprivate mutating func count() throws(SyntaxError) -> UInt32? {
        try number()?.integer.flatMap(UInt32.init(exactly:))
    }
}
