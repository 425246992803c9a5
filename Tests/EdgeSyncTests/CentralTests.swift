import EdgeCore
import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct CentralTests {
    private static let key = [UInt8](repeating: 9, count: 32)

    /// A central, and gateways that are enrolled with it.
    private static func central(
        gateways count: Int, _ fixture: StoreFixture
    ) async throws -> (central: Central, gateways: [EnrolledGateway]) {
        let central = try await Central(store: fixture.store, changed: {})
        var gateways: [EnrolledGateway] = []
        for number in 0..<count {
            let made = try await central.invite(
                name: "Gateway \(number)", to: StoreFixture.organization, by: .machine)
            let admission = try await central.enroll(code: made.code, publicKey: key, from: .machine)
            gateways.append(try central.authenticate(admission.credential))
        }
        return (central, gateways)
    }

    @Test func `a code is good for a quarter of an hour, whatever the wall clock says`() async throws {
        try await StoreFixture.with { fixture in
            let central = try await Central(store: fixture.store, changed: {})
            let early = try await central.invite(name: "A", to: StoreFixture.organization, by: .machine)
            let late = try await central.invite(name: "B", to: StoreFixture.organization, by: .machine)
            fixture.clock.setWall(Timestamp(seconds: 4_000_000_000))
            _ = try await central.enroll(code: early.code, publicKey: Self.key, from: .machine)
            fixture.clock.setWall(Timestamp(seconds: 10))
            fixture.clock.advance(by: .seconds(900))
            await #expect(throws: EdgeError.self) {
                try await central.enroll(code: late.code, publicKey: Self.key, from: .machine)
            }
        }
    }

    @Test func `a code is good again for the key that used it, and for no other`() async throws {
        try await StoreFixture.with { fixture in
            let central = try await Central(store: fixture.store, changed: {})
            let made = try await central.invite(name: "A", to: StoreFixture.organization, by: .machine)
            let lost = try await central.enroll(code: made.code, publicKey: Self.key, from: .machine)
            await #expect(throws: EdgeError.self) {
                try await central.enroll(
                    code: made.code, publicKey: [UInt8](repeating: 8, count: 32), from: .machine)
            }
            #expect(try central.authenticate(lost.credential).id == made.gateway.id)
            let again = try await central.enroll(code: made.code, publicKey: Self.key, from: .machine)
            #expect(again.gateway.id == made.gateway.id)
            let restarted = try await Central(store: fixture.store, changed: {})
            for each in [central, restarted] {
                #expect(try each.authenticate(again.credential).id == made.gateway.id)
                #expect(throws: EdgeError.self) { try each.authenticate(lost.credential) }
            }
            fixture.clock.advance(by: .seconds(900))
            await #expect(throws: EdgeError.self) {
                try await central.enroll(code: made.code, publicKey: Self.key, from: .machine)
            }
        }
    }

    @Test func `a revoked gateway does not come back with its code`() async throws {
        try await StoreFixture.with { fixture in
            let central = try await Central(store: fixture.store, changed: {})
            let made = try await central.invite(name: "A", to: StoreFixture.organization, by: .machine)
            _ = try await central.enroll(code: made.code, publicKey: Self.key, from: .machine)
            try await central.revoke(made.gateway.id, in: StoreFixture.organization, by: .machine)
            await #expect(throws: EdgeError.self) {
                try await central.enroll(code: made.code, publicKey: Self.key, from: .machine)
            }
        }
    }

    @Test func `a credential outlives a restart, and not its revocation`() async throws {
        try await StoreFixture.with { fixture in
            let first = try await Central(store: fixture.store, changed: {})
            let made = try await first.invite(name: "A", to: StoreFixture.organization, by: .machine)
            let admission = try await first.enroll(code: made.code, publicKey: Self.key, from: .machine)
            let second = try await Central(store: fixture.store, changed: {})
            #expect(try second.authenticate(admission.credential).name == "A")
            try await second.revoke(admission.gateway.id, in: StoreFixture.organization, by: .machine)
            #expect(throws: EdgeError.self) { try second.authenticate(admission.credential) }
            let third = try await Central(store: fixture.store, changed: {})
            #expect(throws: EdgeError.self) { try third.authenticate(admission.credential) }
        }
    }

    @Test func `batches of many gateways at once are all taken`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.register(ReceivingTests.devEUI)
            let (central, gateways) = try await Self.central(gateways: 60, fixture)
            try await withThrowingTaskGroup { group in
                for (number, gateway) in gateways.enumerated() {
                    group.addTask {
                        for round in 0..<5 {
                            let first = Int64(round * 10 + 1)
                            var batch = ReceivingTests.batch(first...first + 9)
                            for index in batch.packets.indices {
                                batch.packets[index].id = UniqueID(
                                    high: UInt64(number), low: UInt64(batch.packets[index].sequence))
                            }
                            let answer = try await central.receive(batch, from: gateway)
                            #expect(answer.received.mark == first + 9)
                            #expect(answer.conflicts == 0)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await fixture.allPackets().count == 60 * 50)
        }
    }

    @Test func `one bad batch among many is refused alone`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.register(ReceivingTests.devEUI)
            let (central, gateways) = try await Self.central(gateways: 2, fixture)
            try await central.revoke(gateways[1].id, in: StoreFixture.organization, by: .machine)
            await withTaskGroup { group in
                for round in 0..<20 {
                    group.addTask {
                        let batch = ReceivingTests.batch(1...3)
                        let good = try? await central.receive(batch, from: gateways[round % 2])
                        #expect((good != nil) == (round % 2 == 0))
                    }
                }
            }
            #expect(try await fixture.allPackets().count == 3)
        }
    }

    @Test func `the more gateways there are, the less often each sends`() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.register(ReceivingTests.devEUI)
            let (central, gateways) = try await Self.central(gateways: 200, fixture)
            let answer = try await central.receive(ReceivingTests.batch(1...3), from: gateways[0])
            #expect(answer.delayMilliseconds == 2_000)
        }
    }
}
