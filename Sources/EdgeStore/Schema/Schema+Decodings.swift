/// What codecs made of payloads, one row for each packet that had one; it goes with its packet.
///
/// `data` is the text of a JSON object, null where the payload was not understood; `warnings` and
/// `errors` are JSON arrays of text, null where there are none. `revision` is that of the codec.
extension Schema {
    static let decodings = Migration(
        name: "10 decodings",
        statements: [
            """
            CREATE TABLE packetDecoding (
                packet INTEGER PRIMARY KEY,
                codec TEXT NOT NULL,
                revision INTEGER NOT NULL,
                data TEXT,
                warnings TEXT,
                errors TEXT
            );
            """
        ])
}
