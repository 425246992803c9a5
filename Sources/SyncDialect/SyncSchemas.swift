import EdgeHTTP
import EdgeModel

enum SyncSchemas {
    static let answer = Schema.object(
        [
            .init("epoch", .text),
            .init(
                "received",
                .whole([
                    .init(
                        "ranges",
                        .array(.array(.integer(minimum: 1), maximum: 2), maximum: SequenceRanges.limit))
                ]), "First and last sequence number of what has arrived without a gap"),
            .init(
                "witness",
                .whole([
                    .init("sequence", .integer(minimum: 1)), .init("fingerprint", .integer(minimum: 0)),
                ]), "The last row that arrived: a gateway that has another there has two histories"),
            .init("conflicts", .integer(minimum: 0)), .init("delayMilliseconds", .integer(minimum: 0)),
            .init("registryRevision", .integer(minimum: 0)), .init("centralEpoch", .text),
            .init("timeMicroseconds", .integer(minimum: 0), "The central's time, since 1970"),
            .init("sessionsRevision", .integer(minimum: 0), "The last change of a LoRaWAN session"),
            .init("wantsSessions", .boolean, "Sessions of the gateway are to be told of"),
            .init("takes", .integer(minimum: 0), "1: audit entries, and frames that nobody could open"),
            .init("settingsRevision", .integer(minimum: 0), "The last change of the settings"),
        ],
        required: [
            "epoch", "received", "conflicts", "delayMilliseconds", "registryRevision", "centralEpoch",
        ])

    static let report = Schema.object(
        [
            .init("version", .text), .init("clock", .text), .init("epoch", .text),
            .init("lastSequence", .integer(minimum: 0)), .init("waiting", .integer(minimum: 0)),
            .init("oldestWaitingSeconds", .integer(minimum: 0)), .init("droppedUnsent", .integer(minimum: 0)),
            .init("unopenedFrames", .integer(minimum: 0)), .init("contradictions", .integer(minimum: 0)),
            .init("registryRevision", .integer(minimum: 0)),
            .init(
                "radios",
                .array(
                    .object(
                        [
                            .init("id", .text), .init("kind", .text),
                            .init("silentSeconds", .integer(minimum: 0)),
                            .init("received", .integer(minimum: 0)),
                            .init("receivedWithValidCRC", .integer(minimum: 0)),
                            .init("forwarded", .integer(minimum: 0)),
                            .init("downlinksSent", .integer(minimum: 0)),
                            .init("acknowledgedPercent", .number), .init("temperature", .number),
                        ], required: ["id", "kind", "silentSeconds", "received"]),
                    maximum: GatewayReport.radioLimit)),
            .init("settingsRevision", .integer(minimum: 0)),
            .init(
                "health",
                .object([
                    .init("freeBytes", .integer(minimum: 0)), .init("uptimeSeconds", .integer(minimum: 0)),
                    .init("isDamaged", .boolean), .init("quarantined", .integer(minimum: 0)),
                    .init("discarded", .integer(minimum: 0)),
                ])),
        ],
        required: [
            "version", "clock", "epoch", "lastSequence", "waiting", "droppedUnsent", "unopenedFrames",
            "contradictions", "registryRevision", "radios",
        ])

    /// Not JSON: the bytes of `BatchFormat`, gzip around them.
    static let batch = Schema.text
}

enum SyncExamples {
    static let enroll = #"""
        {"code":"7K2QF-0M9ZB-X4T1C-V8HRD","public_key":"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="}
        """#
    static let enrolled = #"""
        {"gateway_id":"823f821f-c4d5-42ee-9a9d-f252d0d9ebd0","name":"Dock 3","credential":"heg_...",\#
        "public_key":"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="}
        """#
    static let report = #"""
        {"version":"0.1.0","clock":"synchronised","epoch":"0b5c6c36-9f3a-4d5e-8f0a-4e7d1a2b3c4d",\#
        "lastSequence":1500,"waiting":0,"droppedUnsent":0,"unopenedFrames":3,"contradictions":0,\#
        "registryRevision":12,"radios":[{"id":"edge-dock3-hci0","kind":"bluetooth","silentSeconds":1,\#
        "received":0}]}
        """#
    static let answer = #"""
        {"epoch":"0b5c6c36-9f3a-4d5e-8f0a-4e7d1a2b3c4d","received":{"ranges":[[1,1500]]},\#
        "witness":{"sequence":1500,"fingerprint":2868904361},"conflicts":0,"delayMilliseconds":1000,\#
        "registryRevision":12,"centralEpoch":"7db20441-a04c-49ba-8089-1197b3a66a4b",\#
        "timeMicroseconds":1705760520000000,"settingsRevision":31,\#
        "sessionsRevision":8,"wantsSessions":false,"takes":1}
        """#
    static let kept = #"{"message":"Kept","count":3}"#
    static let merged = #"{"message":"Merged","operations":3}"#
    static let batch = #""HFB1...""#
}
