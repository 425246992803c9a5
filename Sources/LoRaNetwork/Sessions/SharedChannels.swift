/// Lists of channels in one place for all devices that have them: most have the same few.
struct SharedChannels: Sendable {
    /// Beyond, the lists are forgotten here: devices keep theirs.
    static let limit = 256

    private var known: Set<[Channel]> = []

    /// The radio with its list in the place of an equal one.
    mutating func share(_ radio: inout RadioState) {
        if known.count >= Self.limit { known = [] }
        radio.channels = known.insert(radio.channels).memberAfterInsert
    }
}
