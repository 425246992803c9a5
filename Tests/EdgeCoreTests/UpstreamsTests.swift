import EdgeCore
import EdgeModel
import EdgeStore
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct UpstreamsTests {
    private static let url = "http://127.0.0.1:9"

    /// A central that grants whatever is asked, once it is let.
    private final class SlowCentral: Sendable {
        let asked = ChangeSignal()
        let isLet = ChangeSignal()
        private let requests = Mutex(0)

        var link: UpstreamLink {
            UpstreamLink(board: UpstreamBoard(), register: { _ in throw EdgeError(.conflict, "no") }) { _ in
                let number = self.requests.withLock { requests in
                    requests += 1
                    return requests
                }
                self.asked.raise()
                await self.isLet.wait(after: 0)
                return UpstreamLink.Grant(
                    gateway: GatewayID("gw"), credential: SecretBytes([UInt8(number)]),
                    centralKey: [UInt8](repeating: 1, count: 32), pin: nil)
            }
        }
    }

    private static func enroll(
        _ upstreams: Upstreams, _ code: String, url: String = url, in fixture: CoreFixture
    )
        async throws
    {
        _ = try await upstreams.enroll(
            url: url, code: code, pin: nil, for: fixture.organization, by: .machine)
    }

    @Test func `of two that enroll at once one is refused, and may try again`() async throws {
        try await CoreFixture.with { fixture in
            let central = SlowCentral()
            let upstreams = Upstreams(
                store: fixture.store, link: central.link, authenticator: fixture.core.authenticator)
            async let first: Void = Self.enroll(upstreams, "AAAA-AAAA", in: fixture)
            await central.asked.wait(after: 0)
            let other = "http://127.0.0.1:10"
            #expect(
                await failure { try await Self.enroll(upstreams, "BBBB-BBBB", url: other, in: fixture) }
                    == .conflict)
            central.isLet.raise()
            try await first
            try await Self.enroll(upstreams, "BBBB-BBBB", url: other, in: fixture)
            let kept = try await fixture.store.upstreams()
            #expect(kept.map(\.credential.bytes) == [[1], [2]])
        }
    }

    @Test func `a code that is in use is not sent again, whatever the central is called`() async throws {
        try await CoreFixture.with { fixture in
            let central = SlowCentral()
            central.isLet.raise()
            let upstreams = Upstreams(
                store: fixture.store, link: central.link, authenticator: fixture.core.authenticator)
            try await Self.enroll(upstreams, "AAAA-AAAA", in: fixture)
            let alias = "http://localhost:9"
            #expect(
                await failure { try await Self.enroll(upstreams, "aaaa aaaa", url: alias, in: fixture) }
                    == .conflict)
            #expect(central.asked.count == 1)
            let made = try #require(try await fixture.store.upstreams().first)
            try await upstreams.remove(made.id, in: fixture.organization, by: .machine)
            try await Self.enroll(upstreams, "AAAA-AAAA", url: alias, in: fixture)
            #expect(central.asked.count == 2)
        }
    }

    @Test func `one that has failed leaves the way free`() async throws {
        try await CoreFixture.with { fixture in
            let upstreams = Upstreams(
                store: fixture.store, link: .none, authenticator: fixture.core.authenticator)
            for _ in 0..<2 {
                #expect(
                    await failure { try await Self.enroll(upstreams, "AAAA-AAAA", in: fixture) }
                        == .unavailable)
            }
        }
    }
}
