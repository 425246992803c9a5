/// Why one part of a PUSH_DATA was not kept. The other parts are.
package enum Rejection: String, Error, Hashable, CaseIterable, Sendable {
    /// `stat` is -1.
    case crcBad = "crc_bad"
    /// A weaker copy of a frame in the same datagram: see `PushData`.
    case ghost = "ghost"
    case dataMissing = "data_missing"
    case dataNotBase64 = "data_not_base64"
    /// Empty, or longer than the 255 bytes of a LoRa frame.
    case dataLength = "data_length"
    /// `freq` is missing, not positive, or beyond 4.29 GHz.
    case frequency = "frequency"
    /// `datr` is missing or unknown, or does not belong to `modu`.
    case dataRate = "data_rate"
    /// `rxpk` is no array, or an element of it no JSON object, or it breaks off.
    case malformedRxpk = "malformed_rxpk"
    /// More elements in `rxpk` than a concentrator can send; the rest of the datagram is ignored.
    case tooManyRxpk = "too_many_rxpk"
    /// `stat` is not a JSON object, or breaks off.
    case malformedStat = "malformed_stat"
    /// No JSON object at all, or it breaks off outside `rxpk` and `stat`.
    case malformedBody = "malformed_body"
}
