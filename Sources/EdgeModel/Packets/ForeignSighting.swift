/// What somebody else's radio heard: Hubble service data, and what its uploader says of it.
package struct ForeignSighting: Hashable, Sendable {
    package var serviceData: [UInt8]
    package var rssi: RSSI?
    /// By the uploader's clock; by ours at the upload when that one cannot be true, and then
    /// `clockQuality` is `none`.
    package var heardAt: Timestamp
    package var clockQuality: ClockQuality
    /// How often it was heard, at least 1.
    package var count: Int
    /// Where the receiving gateway stood, when anybody knows.
    package var location: Location?

    package init(
        serviceData: [UInt8], rssi: RSSI?, heardAt: Timestamp, clockQuality: ClockQuality, count: Int = 1,
        location: Location? = nil
    ) {
        self.serviceData = serviceData
        self.rssi = rssi
        self.heardAt = heardAt
        self.clockQuality = clockQuality
        self.count = count
        self.location = location
    }
}

/// The name of a batch: unique for its uploader, so that sending it twice is sending it once.
package struct UploadName: Hashable, Sendable {
    package var gateway: GatewayID
    package var batchID: String

    package init(gateway: GatewayID, batchID: String) {
        self.gateway = gateway
        self.batchID = batchID
    }
}

/// One batch of foreign sightings on its way into the spool.
package struct UploadBatch: Sendable {
    package var name: UploadName
    package var organization: OrganizationID
    package var sightings: [ForeignSighting]
    /// How many were refused, by reason.
    package var rejections: [String: Int]

    package init(
        name: UploadName, organization: OrganizationID, sightings: [ForeignSighting],
        rejections: [String: Int]
    ) {
        self.name = name
        self.organization = organization
        self.sightings = sightings
        self.rejections = rejections
    }
}

/// What the uploader of a batch is told, each time it sends it.
package struct UploadReceipt: Hashable, Sendable {
    package var accepted: Int
    package var rejections: [String: Int]
    /// The batch was here before.
    package var isRepeat: Bool

    package var rejected: Int { rejections.values.reduce(0, +) }

    package init(accepted: Int, rejections: [String: Int], isRepeat: Bool) {
        self.accepted = accepted
        self.rejections = rejections
        self.isRepeat = isRepeat
    }
}
