package import EdgeModel
package import EdgeStore

/// What the core needs of those who run codecs.
package struct CodecRunner: Sendable {
    /// Throws `invalid` for a source that cannot be used.
    package var check: @Sendable (Codec.Kind, String) async throws -> Void
    package var decode: @Sendable ([PayloadInput], Codec) async throws -> [Decoding]
    /// The values are the text of a JSON object.
    package var encode: @Sendable (String, UInt8?, Codec) async throws -> EncodedPayload
    /// Gives packets to their codecs again and returns what came of it.
    package var redecode: @Sendable ([UndecodedPacket]) async throws -> [PacketDecoding]
    /// Whether a codec is run no more, because of what it did.
    package var isParked: @Sendable (Codec) -> Bool

    package init(
        check: @Sendable @escaping (Codec.Kind, String) async throws -> Void,
        decode: @Sendable @escaping ([PayloadInput], Codec) async throws -> [Decoding],
        encode: @Sendable @escaping (String, UInt8?, Codec) async throws -> EncodedPayload,
        redecode: @Sendable @escaping ([UndecodedPacket]) async throws -> [PacketDecoding],
        isParked: @Sendable @escaping (Codec) -> Bool
    ) {
        self.check = check
        self.decode = decode
        self.encode = encode
        self.redecode = redecode
        self.isParked = isParked
    }

    /// Where no codec is run.
    package static let none = CodecRunner(
        check: { _, _ in throw EdgeError(.unavailable, "Codecs are not run here") },
        decode: { _, _ in throw EdgeError(.unavailable, "Codecs are not run here") },
        encode: { _, _, _ in throw EdgeError(.unavailable, "Codecs are not run here") },
        redecode: { _ in throw EdgeError(.unavailable, "Codecs are not run here") },
        isParked: { _ in false })
}

/// The rules that a codec must keep, whichever dialect brings it.
package enum CodecRules {
    package static let nameLimit = 100
    /// Codecs of one organization.
    package static let limit = 200
    /// Bytes of a source.
    package static let sourceLimit = 65_536
    /// Bytes of a payload that is tried.
    package static let payloadLimit = 255
    /// Bytes of the values that are to be encoded, as JSON text.
    package static let dataLimit = 8_192
    /// Packets that one request has decoded again.
    package static let redecodingLimit = 2_000
    static let redecodingStep = 200

    static func check(name: String) throws {
        _ = try TextRule(field: "name", limit: nameLimit).check(name)
    }

    static func check(source: String) throws {
        guard source.utf8.count <= sourceLimit else {
            throw EdgeError.invalid("source has more than \(sourceLimit) bytes")
        }
        guard !source.utf8.contains(0) else { throw EdgeError.invalid("source has a NUL") }
    }
}

/// Codecs: making, reading, changing, deleting and trying them.
package struct Codecs: Sendable {
    private let store: Store
    private let runner: CodecRunner

    init(store: Store, runner: CodecRunner) {
        self.store = store
        self.runner = runner
    }

    /// Throws `invalid` for a source that cannot be used, `conflict` for a name that is in use.
    package func create(
        named name: String, kind: Codec.Kind, source: String, in organization: OrganizationID,
        by origin: Origin
    ) async throws -> Codec {
        let now = store.clock.now().wall
        let codec = Codec(
            id: CodecID(UniqueID.random().description), organization: organization, name: name, kind: kind,
            source: source, createdAt: now, updatedAt: now)
        try await check(codec)
        try await store.addCodec(
            codec, limit: CodecRules.limit, audit: note(.codecCreate, in: organization, by: origin))
        return codec
    }

    /// By name.
    package func list(_ organization: OrganizationID) async throws -> [Codec] {
        try await store.codecs(of: organization)
    }

    /// Throws `notFound` also for the codec of another organization.
    package func find(_ id: CodecID, in organization: OrganizationID) async throws -> Codec {
        guard let codec = try await store.codec(id, of: organization) else { throw Self.missing }
        return codec
    }

    /// Another source is for the packets that come from then on.
    package func update(
        _ id: CodecID, in organization: OrganizationID, by origin: Origin,
        _ change: @Sendable @escaping (inout Codec) throws -> Void
    ) async throws -> Codec {
        var wanted = try await find(id, in: organization)
        try change(&wanted)
        try await check(wanted)
        let now = store.clock.now().wall
        let audit = note(.codecUpdate, in: organization, by: origin)
        let updated = try await store.updateCodec(id, of: organization, audit: audit) { codec in
            try change(&codec)
            codec.updatedAt = max(now, codec.updatedAt.advanced(byMicroseconds: 1))
        }
        guard let updated else { throw Self.missing }
        return updated
    }

    /// Throws `conflict` while a device or a profile has it.
    package func delete(_ id: CodecID, in organization: OrganizationID, by origin: Origin) async throws {
        let audit = note(.codecDelete, in: organization, by: origin)
        guard try await store.deleteCodec(id, of: organization, audit: audit) else { throw Self.missing }
    }

    /// Whether the codec is run no more, because it ended its worker too often.
    package func isParked(_ codec: Codec) -> Bool { runner.isParked(codec) }

    /// What the codec makes of a payload, now; nothing is kept.
    package func decode(_ input: PayloadInput, with id: CodecID, in organization: OrganizationID) async throws
        -> Decoding
    {
        guard input.bytes.count <= CodecRules.payloadLimit else {
            throw EdgeError.invalid("payload has more than \(CodecRules.payloadLimit) bytes")
        }
        let codec = try await find(id, in: organization)
        guard let made = try await runner.decode([input], codec).first else {
            throw EdgeError(.internal, "a payload without a result")
        }
        return made
    }

    /// What the codec makes of values, the text of a JSON object, that are to be sent.
    package func encode(
        _ data: String, fPort: UInt8?, with id: CodecID, in organization: OrganizationID
    ) async throws -> EncodedPayload {
        guard data.utf8.count <= CodecRules.dataLimit else {
            throw EdgeError.invalid("data has more than \(CodecRules.dataLimit) bytes")
        }
        return try await runner.encode(data, fPort, try await find(id, in: organization))
    }

    /// What the codec of a device, its own or its profile's, makes of values. Throws `invalid` when it
    /// has none.
    func encode(_ data: String, fPort: Int?, for device: DeviceID, in organization: OrganizationID)
        async throws -> EncodedPayload
    {
        guard let found = try await store.device(device, in: organization) else { throw Downlinks.noDevice }
        var codec = found.codec
        if codec == nil, let profile = found.profile {
            codec = try await store.deviceProfile(profile, of: organization)?.codec
        }
        guard let codec else { throw EdgeError.invalid("data: the device has no codec; send a payload") }
        return try await encode(
            data, fPort: fPort.flatMap { UInt8(exactly: $0) }, with: codec, in: organization)
    }

    /// Gives the newest packets of the devices that have the codec to it again. Returns how many there
    /// were, and how many of them were not understood.
    package func redecode(_ id: CodecID, limit: Int, in organization: OrganizationID) async throws -> (
        packets: Int, failed: Int
    ) {
        guard (1...CodecRules.redecodingLimit).contains(limit) else {
            throw EdgeError.invalid("limit must be from 1 to \(CodecRules.redecodingLimit)")
        }
        let codec = try await find(id, in: organization)
        var packets = try await store.decodable(with: codec.id, limit: limit)[...]
        var (done, failed) = (0, 0)
        while !packets.isEmpty {
            let made = try await runner.redecode(Array(packets.prefix(CodecRules.redecodingStep)))
            try await store.record(made, through: nil)
            packets = packets.dropFirst(CodecRules.redecodingStep)
            done += made.count
            failed += made.count { $0.decoding.data == nil }
        }
        return (done, failed)
    }

    private func check(_ codec: Codec) async throws {
        try CodecRules.check(name: codec.name)
        try CodecRules.check(source: codec.source)
        try await runner.check(codec.kind, codec.source)
    }

    private func note(_ action: AuditAction, in organization: OrganizationID, by origin: Origin) -> AuditNote
    {
        AuditNote(action, by: origin, at: store.clock.now().wall, in: organization)
    }

    private static var missing: EdgeError { .notFound("Codec not found") }
}
