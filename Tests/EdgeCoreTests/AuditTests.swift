import EdgeCore
import EdgeModel
import EdgeStore
import Foundation
import GatewayTestSupport
import Testing

@Suite struct AuditTests {
    @Test func `what is done is in the log, with who and whence`() async throws {
        try await CoreFixture.with { fixture in
            let caller = fixture.admin.calling(from: "192.0.2.7", requestID: "req_1")
            let device = try await fixture.core.devices.register(
                Devices.Registration(name: "Tag", devEUI: "0011223344556677"), in: fixture.organization,
                by: caller.origin)
            var change = Devices.Change()
            change.name = "Other"
            change.key = SecretBytes(Array(repeating: 7, count: 16))
            _ = try await fixture.core.devices.update(
                device.id, change, in: fixture.organization, by: caller.origin)
            _ = try await fixture.core.devices.delete(
                [device.id], in: fixture.organization, by: caller.origin)
            // What was not there was not deleted.
            _ = try await fixture.core.devices.delete(
                [device.id], in: fixture.organization, by: caller.origin)
            let made = try await fixture.core.keys.create(
                .init(name: "K", scopes: ["devices:read"]), by: caller)
            try await fixture.core.keys.delete(made.key.id, by: caller)
            let entries = try await fixture.core.audit.page(before: nil, limit: 100, by: caller).entries
            #expect(
                entries.reversed().map(\.action) == [
                    "key.create", "device.register", "device.update", "device.delete", "key.create",
                    "key.delete",
                ])
            let update = try #require(entries.first { $0.action == "device.update" })
            #expect(update.object == device.id.rawValue)
            #expect(update.detail == "name, key")
            #expect(update.initiatorID == fixture.admin.key.id.rawValue)
            #expect(update.address == "192.0.2.7")
            #expect(update.requestID == "req_1")
        }
    }

    @Test func `many devices are one entry that counts them and names some`() async throws {
        try await CoreFixture.with { fixture in
            let devices = try await fixture.core.devices.register(
                Devices.Fleet(count: 50, encryption: .aes128EAX), in: fixture.organization,
                by: fixture.admin.origin)
            let page = try await fixture.core.audit.page(before: nil, limit: 1, by: fixture.admin)
            let entry = try #require(page.entries.first)
            #expect(entry.action == "device.register")
            #expect(entry.detail?.hasPrefix("50 objects: \(devices[0].id)") == true)
            #expect(entry.detail?.contains(devices[19].id.rawValue) == true)
            #expect(entry.detail?.contains(devices[20].id.rawValue) == false)
            #expect(page.next == entry.sequence)
            let rest = try await fixture.core.audit.page(before: page.next, limit: 1, by: fixture.admin)
            #expect(rest.entries.map(\.action) == ["key.create"])
            #expect(rest.next == nil)
        }
    }

    @Test func `a member does not read what the others do`() async throws {
        try await CoreFixture.with { fixture in
            try await fixture.add("bob@example.com")
            let bob = try fixture.principal(try await fixture.logIn("bob@example.com"))
            #expect(
                await failure { _ = try await fixture.core.audit.page(before: nil, limit: 1, by: bob) }
                    == .forbidden)
        }
    }

    @Test func `an entry that was altered in the file is found and named`() async throws {
        try await CoreFixture.with { fixture in
            for number in 1...5 { try await fixture.add("person\(number)@example.com") }
            let inspection = AuditInspection(directory: fixture.directory)
            guard case .whole(6, 1, 6) = try inspection.verify() else {
                Issue.record("\(try inspection.verify())")
                return
            }
            try fixture.store.close()
            let path = URL(filePath: fixture.directory + "/holdfast.db")
            var bytes = try Data(contentsOf: path)
            let place = try #require(bytes.range(of: Data("person3@example.com, role".utf8)))
            bytes[place.lowerBound] = UInt8(ascii: "P")
            try bytes.write(to: path)
            guard case .broken(4, _) = try inspection.verify() else {
                Issue.record("\(try inspection.verify())")
                return
            }
        }
    }

    @Test func `the oldest segment goes when the log is full, and what stays is still a chain`() async throws
    {
        try await TemporaryDirectory.with { directory in
            let clock = ManualClock()
            let store = try Store(
                directory: directory.path, clock: clock.clock, logger: StoreFixture.quiet,
                auditRetention: AuditRetention(limit: 10, segment: 4))
            let organization = OrganizationID("one")
            for number in 1...23 {
                try await store.note(
                    AuditNote(.login, by: .machine, at: clock.now.wall, in: organization, object: "\(number)")
                )
            }
            let entries = try await store.auditEntries(of: organization, before: nil, limit: 100)
            #expect(entries.map(\.object) == (17...23).reversed().map { "\($0)" })
            guard case .whole(7, 17, 23) = try AuditInspection(directory: directory.path).verify() else {
                Issue.record("\(try AuditInspection(directory: directory.path).verify())")
                return
            }
        }
    }
}

@Suite struct SalvageTests {
    @Test func `people, invitations and the log survive damage, and the log goes on`() async throws {
        try await CoreFixture.with { fixture in
            try await fixture.add("ada@example.com", .admin)
            let session = try await fixture.logIn("ada@example.com")
            let invited = try await fixture.invite("new@example.com")
            for number in 0..<200 {
                _ = try await fixture.core.devices.register(
                    Devices.Registration(
                        name: "Victim \(number) \(String(repeating: "v", count: 200))",
                        devEUI: EUI64(rawValue: UInt64(number)).description),
                    in: fixture.organization, by: fixture.admin.origin)
            }
            try fixture.store.close()
            let path = URL(filePath: fixture.directory + "/holdfast.db")
            var bytes = try Data(contentsOf: path)
            let place = try #require(bytes.range(of: Data("Victim 100 vvv".utf8))).lowerBound / 4_096 * 4_096
            bytes.replaceSubrange(place..<place + 4_096, with: Data(repeating: 0x5A, count: 4_096))
            try bytes.write(to: path)
            // What a gateway leaves that met damage.
            try Data("damage".utf8).write(to: URL(filePath: fixture.directory + "/damaged"))

            let store = try Store(
                directory: fixture.directory, clock: fixture.clock.clock, logger: StoreFixture.quiet)
            guard case .salvaged = store.opening.state else {
                Issue.record("\(store.opening.state)")
                return
            }
            let core = try await EdgeCore(store: store, registryChanged: {})
            let ada = try core.authenticator.authenticate(token: session.token)
            #expect(ada.key.isAdministrator)
            #expect(
                try await core.invitations.pending(fixture.organization).invitations.map(\.id)
                    == [invited.invitation.id])
            let audited = try await core.audit.page(before: nil, limit: 1_000, by: ada).entries.count
            #expect(audited == 204)
            _ = try await core.invitations.revoke(invited.invitation.id, by: ada)
            guard case .whole(205, 1, 205) = try AuditInspection(directory: fixture.directory).verify() else {
                Issue.record("\(try AuditInspection(directory: fixture.directory).verify())")
                return
            }
        }
    }
}
