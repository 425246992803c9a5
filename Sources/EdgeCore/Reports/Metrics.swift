package import EdgeModel
package import EdgeStore

/// Metrics of packets, devices and requests, from roll-ups: they cost the buckets, not the packets.
package struct Metrics: Sendable {
    let store: Store
    private let requests: RequestLog
    private let clock: EdgeClock

    package init(store: Store, requests: RequestLog) {
        self.store = store
        self.requests = requests
        clock = store.clock
    }

    package func window(daysBack: Int, interval: MetricsWindow.Interval?) throws -> MetricsWindow {
        try MetricsWindow(daysBack: daysBack, interval: interval, now: clock.now().wall)
    }

    // MARK: Packets

    package struct Packets: Sendable {
        package struct Bucket: Sendable {
            package let start: Timestamp
            package fileprivate(set) var packets = 0
            package fileprivate(set) var bytes = 0
            package fileprivate(set) var platforms: [Platform: Int] = [:]
            package fileprivate(set) var devices = 0
        }

        package fileprivate(set) var buckets: [Bucket]
        /// Different devices in the whole window.
        package fileprivate(set) var devices = 0
        package var packets: Int { buckets.reduce(0) { $0 + $1.packets } }
        package var bytes: Int { buckets.reduce(0) { $0 + $1.bytes } }
    }

    package func packets(_ organization: OrganizationID, _ window: MetricsWindow) async throws -> Packets {
        var result = Packets(buckets: window.starts.map { Packets.Bucket(start: $0) })
        for volume in try await store.packetVolumes(of: organization, window.hours) {
            guard let place = window.place(of: volume.hour.start) else { continue }
            result.buckets[place].packets += volume.packets
            result.buckets[place].bytes += volume.bytes
            result.buckets[place].platforms[volume.platform, default: 0] += volume.packets
        }
        let active = try await activeDevices(organization, window)
        for (place, devices) in active.enumerated() { result.buckets[place].devices = devices.count }
        result.devices = active.reduce(into: DeviceSet()) { $0.formUnion($1) }.count
        return result
    }

    /// For each bucket the devices that sent at least one packet in it.
    private func activeDevices(_ organization: OrganizationID, _ window: MetricsWindow) async throws
        -> [DeviceSet]
    {
        let activity =
            window.interval == .hour
            ? try await store.activeDevices(of: organization, hours: window.hours)
            : try await store.activeDevices(of: organization, days: window.daysSince1970)
        return activity.reduce(into: window.starts.map { _ in DeviceSet() }) { buckets, activity in
            if let place = window.place(of: activity.start) { buckets[place].formUnion(activity.devices) }
        }
    }

    // MARK: Devices

    package struct Devices: Sendable {
        package struct Bucket: Sendable {
            package let start: Timestamp
            /// At the end of the bucket.
            package fileprivate(set) var registered = 0
            package fileprivate(set) var registrations = 0
            package fileprivate(set) var active = 0
            package fileprivate(set) var neverActive = 0
            package var inactive: Int { max(0, registered - active) }
        }

        package fileprivate(set) var buckets: [Bucket]
        /// Different devices that sent something in the whole window, and still are registered.
        package fileprivate(set) var active = 0
        package var registered: Int { buckets.last?.registered ?? 0 }
        package var neverActive: Int { buckets.last?.neverActive ?? 0 }
        /// In per cent; 0 where no device is registered.
        package var activityRate: Double {
            registered == 0 ? 0 : min(100, Double(active) / Double(registered) * 100)
        }
    }

    package func devices(_ organization: OrganizationID, _ window: MetricsWindow) async throws -> Devices {
        var result = Devices(buckets: window.starts.map { Devices.Bucket(start: $0) })
        let changes = try await store.registryChanges(of: organization, before: window.hours.upperBound)
        var registered = 0
        var delta = Array(repeating: 0, count: result.buckets.count)
        for change in changes {
            if let place = window.place(of: change.hour.start) {
                delta[place] += change.registered - change.removed
                result.buckets[place].registrations += change.registered
            } else {
                registered += change.registered - change.removed
            }
        }
        let active = try await activeDevices(organization, window)
        var removed = try await store.removedDevices(of: organization)
        removed.sort { $0.start < $1.start }
        var ever = try await earlierDevices(organization, before: window)
        var gone = DeviceSet()
        var next = removed.startIndex
        for place in result.buckets.indices {
            registered += delta[place]
            ever.formUnion(active[place])
            while next < removed.endIndex, window.place(of: removed[next].start).map({ $0 <= place }) ?? true
            {
                gone.formUnion(removed[next].devices)
                next += 1
            }
            var present = ever
            present.subtract(gone)
            result.buckets[place].registered = registered
            result.buckets[place].active = active[place].count
            result.buckets[place].neverActive = max(0, registered - present.count)
        }
        var recent = active.reduce(into: DeviceSet()) { $0.formUnion($1) }
        recent.subtract(gone)
        result.active = recent.count
        return result
    }

    /// The devices that had sent something before the window.
    private func earlierDevices(_ organization: OrganizationID, before window: MetricsWindow) async throws
        -> DeviceSet
    {
        // The day on which a window of hours begins counts as before it: a device that spoke that morning
        // was active.
        let first = window.daysSince1970.lowerBound + (window.interval == .hour ? 1 : 0)
        return try await store.activeDevices(of: organization, days: 0..<first)
            .reduce(into: DeviceSet()) { $0.formUnion($1.devices) }
    }

    // MARK: Requests

    package struct Requests: Sendable {
        package struct Bucket: Sendable {
            package let start: Timestamp
            package fileprivate(set) var volume = Volume()
            /// Requests by resource: `/devices`.
            package fileprivate(set) var resources: [String: Int] = [:]
        }

        package struct Volume: Sendable {
            package fileprivate(set) var requests = 0
            package fileprivate(set) var failed = 0
            package fileprivate(set) var rateLimited = 0
            fileprivate var duration = Duration.zero

            package var successful: Int { requests - failed }
            /// Between 0 and 1; 1 where there was no request.
            package var successRate: Double { requests == 0 ? 1 : Double(successful) / Double(requests) }
            package var averageDuration: Duration { requests == 0 ? .zero : duration / requests }

            fileprivate mutating func add(_ other: RequestVolume) {
                requests += other.requests
                failed += other.failed
                rateLimited += other.rateLimited
                duration += other.duration
            }
        }

        package fileprivate(set) var buckets: [Bucket]
        package fileprivate(set) var total = Volume()
    }

    package func requests(_ organization: OrganizationID, _ window: MetricsWindow) async throws -> Requests {
        var result = Requests(buckets: window.starts.map { Requests.Bucket(start: $0) })
        for volume in try await requests.volumes(of: organization, window.hours) {
            guard let place = window.place(of: volume.hour.start) else { continue }
            result.buckets[place].volume.add(volume)
            result.buckets[place].resources[volume.resource, default: 0] += volume.requests
            result.total.add(volume)
        }
        return result
    }
}
