/// A UTC hour, counted from 1970: what packets and requests are summed up by.
package struct Hour: Hashable, Comparable, Sendable {
    package let rawValue: Int64

    package init(rawValue: Int64) { self.rawValue = rawValue }

    package init(of time: Timestamp) { rawValue = time.seconds.dividedFlooring(by: 3_600) }

    package var start: Timestamp { Timestamp(seconds: rawValue &* 3_600) }

    /// The UTC day that it belongs to, counted from 1970.
    package var day: Int64 { rawValue.dividedFlooring(by: 24) }

    package static func < (a: Hour, b: Hour) -> Bool { a.rawValue < b.rawValue }
}

/// The packets of one hour and one platform.
package struct PacketVolume: Hashable, Sendable {
    package var hour: Hour
    package var platform: Platform
    package var packets: Int
    /// Of their payloads.
    package var bytes: Int

    package init(hour: Hour, platform: Platform, packets: Int, bytes: Int) {
        self.hour = hour
        self.platform = platform
        self.packets = packets
        self.bytes = bytes
    }
}

/// The devices that sent a packet within an hour or a day.
package struct DeviceActivity: Sendable {
    package var start: Timestamp
    package var devices: DeviceSet

    package init(start: Timestamp, devices: DeviceSet) {
        self.start = start
        self.devices = devices
    }
}

/// How many devices were registered and removed within an hour.
package struct RegistryChange: Sendable {
    package var hour: Hour
    package var registered: Int
    package var removed: Int

    package init(hour: Hour, registered: Int, removed: Int) {
        self.hour = hour
        self.registered = registered
        self.removed = removed
    }
}

/// The requests of one hour to one kind of resource.
package struct RequestVolume: Sendable {
    package var hour: Hour
    /// As the path spells it: `/devices`.
    package var resource: String
    package var requests: Int
    package var failed: Int
    package var rateLimited: Int
    /// Of all of them.
    package var duration: Duration

    package init(
        hour: Hour, resource: String, requests: Int, failed: Int, rateLimited: Int, duration: Duration
    ) {
        self.hour = hour
        self.resource = resource
        self.requests = requests
        self.failed = failed
        self.rateLimited = rateLimited
        self.duration = duration
    }
}
