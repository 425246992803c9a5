import EdgeModel
import EdgeStore
import EdgeTestSupport
import Foundation
import GatewayTestSupport
import Testing

/// One database of each schema that was ever in use stands in `Tests/Vectors/schema-N`: two devices,
/// three packets heard by two gateways, one stranger's frame; from schema 6 on a webhook, an SDK key, a
/// user and an invitation; from schema 18 on a central that has all of it and shares a codec.
@Suite struct MigrationTests {
    @Test(arguments: [1, 6, 12, 18])
    func `a database of an earlier schema opens with everything in it`(_ schema: Int) async throws {
        try await TemporaryDirectory.with { directory in
            let fixture = Vectors.directory.appending(path: "schema-\(schema)")
            for name in ["holdfast.db", "high-water", "master.key"] {
                try FileManager.default.copyItem(
                    at: fixture.appending(path: name), to: directory.url.appending(path: name))
            }
            let store = try StoreFixture.open(directory, ManualClock())
            #expect(store.opening.state == .continued)
            let findings = StoreInspection(directory: directory.path).run().filter { !$0.isGood }
            #expect(findings.map(\.text) == [])
            let organization = try #require(try await store.organizations().first).id
            let devices = try await store.devices(DeviceQuery(organization: organization, limit: 10)).devices
            #expect(devices.map(\.name) == ["Door", "Tag"])
            #expect(devices[0].lorawan?.session?.devAddr == 0x2601_1BDA)
            #expect(devices[0].packetCount == 3)
            #expect(devices[1].key?.bytes == Array(0..<32))
            let page = try await store.packets(
                PacketQuery(
                    organization: organization,
                    received: Timestamp(microseconds: 0)..<Timestamp(microseconds: .max), limit: 10,
                    through: .max))
            let payloads = page.entries.map { String(decoding: $0.packet.payload, as: UTF8.self) }
            #expect(payloads == ["hello 0", "hello 1", "hello 2"])
            #expect(page.entries.map(\.packet.receptions.count) == [2, 2, 2])
            #expect(try await store.rawFrameCount() == 1)
            let volumes = try await store.packetVolumes(
                of: organization, Hour(rawValue: 0)..<Hour(rawValue: 1 << 40))
            #expect(volumes.map(\.packets).reduce(0, +) == 3)
            let webhooks = try await store.webhooks(of: organization)
            #expect(webhooks.map(\.secret.bytes) == (schema < 6 ? [] : [Array("s3cret".utf8)]))
            #expect(try await store.sdkKeys().map(\.key.name) == (schema < 6 ? [] : ["Dock"]))
            try await checkUpstream(of: store, organization, isThere: schema >= 18)
        }
    }

    /// What was confirmed is not asked for again, and what the central shares is still its.
    private func checkUpstream(of store: Store, _ organization: OrganizationID, isThere: Bool) async throws {
        let upstreams = try await store.upstreams()
        #expect(upstreams.map(\.arrived.mark) == (isThere ? [3] : []))
        #expect(upstreams.map(\.sendsRawFrames) == (isThere ? [true] : []))
        #expect(upstreams.allSatisfy { $0.privateKey.bytes.count == 32 && !$0.settings.epoch.isEmpty })
        let codecs = try await store.codecs(of: organization)
        #expect(codecs.map(\.name) == (isThere ? ["Shared codec"] : []))
    }
}
