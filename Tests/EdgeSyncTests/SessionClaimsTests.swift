import EdgeModel
import EdgeStore
import Testing

@testable import EdgeCore

@Suite struct SessionClaimsTests {
    private static let organization = OrganizationID("org-1")
    private static let name = SessionName(eui: 1, devAddr: 2)
    private static let (a, b, c) = (GatewayID("a"), GatewayID("b"), GatewayID("c"))

    private static func at(_ seconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: (1_000 + seconds) * 1_000_000_000)
    }

    private static func standing(last: UInt32?) -> SessionStanding {
        SessionStanding(name: name, sender: a, lastUplink: last)
    }

    private static func decide(
        _ claims: inout SessionClaims, since: UInt32, last: UInt32?, by gateway: GatewayID = b,
        isSilent: Bool = false, at seconds: UInt64
    ) -> Bool? {
        claims.decide(
            SessionClaim(name: name, since: since), by: gateway, in: organization,
            against: standing(last: last), isSilent: isSilent, at: at(seconds))
    }

    @Test func `a sender that has heard the frame too keeps the device`() {
        var claims = SessionClaims()
        #expect(Self.decide(&claims, since: 7, last: 7, at: 0) == false)
        #expect(Self.decide(&claims, since: 7, last: 9, at: 0) == false)
    }

    @Test func `a sender that is asked and has not heard it gives the device up`() {
        var claims = SessionClaims()
        #expect(Self.decide(&claims, since: 7, last: 6, at: 0) == nil)
        #expect(claims.wanted(from: Self.a, at: Self.at(1)) == [])
        #expect(claims.wanted(from: Self.a, at: Self.at(4)) == [Self.name])
        #expect(claims.wanted(from: Self.b, at: Self.at(4)) == [])
        #expect(Self.decide(&claims, since: 7, last: 6, at: 4) == nil)
        claims.heard(Self.standing(last: 6), in: Self.organization, at: Self.at(5))
        #expect(claims.wanted(from: Self.a, at: Self.at(5)) == [])
        #expect(Self.decide(&claims, since: 7, last: 6, at: 5) == true)
    }

    @Test func `what a sender says at once may not have the frame in it yet`() {
        var claims = SessionClaims()
        #expect(Self.decide(&claims, since: 7, last: 6, at: 0) == nil)
        claims.heard(Self.standing(last: 6), in: Self.organization, at: Self.at(1))
        #expect(Self.decide(&claims, since: 7, last: 6, at: 2) == nil)
        #expect(claims.wanted(from: Self.a, at: Self.at(4)) == [Self.name])
        #expect(Self.decide(&claims, since: 7, last: 7, at: 5) == false)
    }

    @Test func `a sender that nobody has heard of for long is not waited for`() {
        var claims = SessionClaims()
        #expect(Self.decide(&claims, since: 7, last: nil, isSilent: true, at: 0) == true)
    }

    @Test func `of two that claim the first is decided on`() {
        var claims = SessionClaims()
        #expect(Self.decide(&claims, since: 7, last: 6, at: 0) == nil)
        #expect(Self.decide(&claims, since: 7, last: 6, by: Self.c, at: 1) == nil)
        claims.heard(Self.standing(last: 6), in: Self.organization, at: Self.at(6))
        #expect(Self.decide(&claims, since: 7, last: 6, by: Self.c, at: 7) == nil)
        #expect(Self.decide(&claims, since: 7, last: 6, at: 8) == true)
    }
}
