/// What was done. The raw value is what the log keeps.
package enum AuditAction: String, Sendable {
    case keyCreate = "key.create"
    case keyUpdate = "key.update"
    case keyDelete = "key.delete"
    case deviceRegister = "device.register"
    case deviceUpdate = "device.update"
    case deviceDelete = "device.delete"
    case clockSet = "clock.set"
    case downlinkQueue = "downlink.queue"
    case downlinkCancel = "downlink.cancel"
    case noncesClear = "nonces.clear"
    case commandAsk = "mac_command.ask"
    case deviceExport = "device.export"
    case profileCreate = "device_profile.create"
    case profileUpdate = "device_profile.update"
    case profileDelete = "device_profile.delete"
    case codecCreate = "codec.create"
    case codecUpdate = "codec.update"
    case codecDelete = "codec.delete"
    case webhookCreate = "webhook.create"
    case webhookUpdate = "webhook.update"
    case webhookDelete = "webhook.delete"
    case sdkKeyCreate = "sdk_key.create"
    case sdkKeyRevoke = "sdk_key.revoke"
    case enrollmentCreate = "enrollment.create"
    case enrollmentUse = "enrollment.use"
    case enrollmentRevoke = "enrollment.revoke"
    case upstreamAdd = "upstream.add"
    case upstreamRemove = "upstream.remove"
    case upstreamPause = "upstream.pause"
    case upstreamResume = "upstream.resume"
    case upstreamChange = "upstream.update"
    case upstreamRefuse = "upstream.refuse"
    case settingsTake = "upstream.settings"
    case organizationUpdate = "organization.update"
    case userAdd = "user.add"
    case userUpdate = "user.update"
    case userRemove = "user.remove"
    case userPassword = "user.password"
    case invitationCreate = "invitation.create"
    case invitationRevoke = "invitation.revoke"
    case invitationAccept = "invitation.accept"
    case login = "login"
    case loginFailed = "login.failed"
    case logout = "logout"
    case invoiceIssue = "invoice.issue"
    case invoicePay = "invoice.pay"
    case invoiceVoid = "invoice.void"
}

/// What a change has to say of itself; the store writes it in the transaction of the change.
package struct AuditNote: Sendable {
    package var action: AuditAction
    package var origin: Origin
    package var at: Timestamp
    /// Nil where no organization is concerned.
    package var organization: OrganizationID?
    package var object: String?
    /// In a few words; never a secret.
    package var detail: String?

    package init(
        _ action: AuditAction, by origin: Origin, at: Timestamp, in organization: OrganizationID?,
        object: String? = nil, detail: String? = nil
    ) {
        self.action = action
        self.origin = origin
        self.at = at
        self.organization = organization
        self.object = object
        self.detail = detail
    }

    /// How many identifiers one entry names.
    package static let objectLimit = 20

    /// The same for the objects that were really changed: one is the object, more are counted and
    /// the first of them named.
    package func naming(_ objects: [String]) -> AuditNote {
        var note = self
        guard objects.count != 1 else {
            note.object = objects[0]
            return note
        }
        let named = objects.prefix(Self.objectLimit).joined(separator: " ")
        let rest = objects.count > Self.objectLimit ? " …" : ""
        note.object = nil
        note.detail = [detail, "\(objects.count) objects: \(named)\(rest)"].compactMap(\.self)
            .joined(separator: "; ")
        return note
    }
}

/// One row of the audit log.
package struct AuditEntry: Sendable {
    package var sequence: Int64
    package var at: Timestamp
    package var organization: String?
    /// `key`, `account`, `machine`, `gateway` or `nobody`.
    package var initiator: String
    package var initiatorID: String?
    package var action: String
    package var object: String?
    package var detail: String?
    package var address: String?
    package var requestID: String?
    /// SHA-256 of the previous entry's hash and of this entry.
    package var hash: [UInt8]

    package init(
        sequence: Int64, at: Timestamp, organization: String?, initiator: String, initiatorID: String?,
        action: String, object: String?, detail: String?, address: String?, requestID: String?,
        hash: [UInt8]
    ) {
        self.sequence = sequence
        self.at = at
        self.organization = organization
        self.initiator = initiator
        self.initiatorID = initiatorID
        self.action = action
        self.object = object
        self.detail = detail
        self.address = address
        self.requestID = requestID
        self.hash = hash
    }

    package init(_ note: AuditNote, sequence: Int64) {
        let (kind, id) = note.origin.initiator.parts
        self.init(
            sequence: sequence, at: note.at, organization: note.organization?.rawValue, initiator: kind,
            initiatorID: id, action: note.action.rawValue, object: note.object, detail: note.detail,
            address: note.origin.address, requestID: note.origin.requestID, hash: [])
    }

    /// Everything but the hash, so that no two entries read the same: each text with its length.
    package var content: [UInt8] {
        var bytes: [UInt8] = []
        for number in [sequence, at.microseconds] {
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        }
        for text in [
            organization, initiator, initiatorID, action, object, detail, address, requestID,
        ] {
            guard let text else {
                bytes.append(0)
                continue
            }
            bytes.append(1)
            withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: text.utf8)
        }
        return bytes
    }
}

extension AuditEntry {
    package var hexadecimalHash: String {
        hash.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
