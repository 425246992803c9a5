import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct DeviceProfileStoreTests {
    private func profile(_ name: String, _ fixture: StoreFixture) async throws -> DeviceProfile {
        let now = fixture.clock.now.wall
        let profile = DeviceProfile(
            id: DeviceProfileID("profile-\(name)"), organization: StoreFixture.organization, name: name,
            createdAt: now, updatedAt: now)
        try await fixture.store.addDeviceProfile(profile, limit: 10)
        return profile
    }

    @Test func `the pipeline reads every device of a profile again when that changes, page by page`()
        async throws
    {
        try await StoreFixture.with { fixture in
            let profile = try await profile("Meter", fixture)
            for number in 1...25 as ClosedRange<UInt64> {
                try await fixture.register(number) { if number > 5 { $0.profile = profile.id } }
            }
            let before = fixture.store.registryRevision
            _ = try await fixture.store.updateDeviceProfile(profile.id, of: StoreFixture.organization) {
                $0.lorawan.deviceClass = .c
            }
            #expect(fixture.store.registryRevision == before + 20)
            var (found, revision) = ([RegisteredDevice](), before)
            while true {
                let page = try await fixture.store.registryChanges(after: revision, limit: 7)
                if page.devices.isEmpty { break }
                found += page.devices
                revision = page.revision
            }
            #expect(Set(found.map(\.device.id)).count == 20)
            #expect(found.allSatisfy { $0.profile?.lorawan.deviceClass == .c })
        }
    }

    @Test func `a profile that a device has stays, and goes once the device is gone`() async throws {
        try await StoreFixture.with { fixture in
            let profile = try await profile("Meter", fixture)
            let device = try await fixture.register(1) { $0.profile = profile.id }
            await #expect(throws: EdgeError.self) {
                try await fixture.store.deleteDeviceProfile(profile.id, of: StoreFixture.organization)
            }
            let other = OrganizationID("org-2")
            #expect(try await fixture.store.deleteDeviceProfile(profile.id, of: other) == false)
            _ = try await fixture.store.delete(
                [device.device.id], in: StoreFixture.organization, at: fixture.clock.now.wall)
            #expect(
                try await fixture.store.deleteDeviceProfile(profile.id, of: StoreFixture.organization))
        }
    }

    @Test func `what a codec made of a packet is served with it and goes with it`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device), fixture.packet(2, of: device))
            let entries = try await fixture.allPackets()
            #expect(entries.map(\.decoding) == [nil, nil])
            let decoding = Decoding(data: #"{"level":1}"#, warnings: ["low"], errors: [])
            try await fixture.store.record(
                [
                    PacketDecoding(
                        sequence: entries[1].sequence, codec: CodecID("c"), revision: 1, decoding: decoding),
                    PacketDecoding(sequence: 99, codec: CodecID("c"), revision: 1, decoding: decoding),
                ], through: entries[1].sequence)
            #expect(try await fixture.allPackets().map(\.decoding) == [nil, decoding])
            #expect(try await fixture.store.decodingCursor() == entries[1].sequence)
        }
    }

    @Test func `a webhook waits no longer for codecs than it is told to`() async throws {
        try await StoreFixture.with { fixture in
            let now = fixture.clock.now.wall
            try await fixture.store.addCodec(
                Codec(
                    id: CodecID("c"), organization: StoreFixture.organization, name: "C", kind: .cayenneLPP,
                    source: "", createdAt: now, updatedAt: now), limit: 1)
            fixture.store.noteDecoded(through: 1)
            let began = ContinuousClock.now
            await fixture.store.waitForDecodings(through: 1, atMost: .seconds(5))
            #expect(ContinuousClock.now - began < .seconds(1))
            await fixture.store.waitForDecodings(through: 2, atMost: .milliseconds(50))
            #expect(ContinuousClock.now - began >= .milliseconds(50))
        }
    }
}
