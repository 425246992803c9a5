import LoRaWAN
import Testing

@testable import LoRaNetwork

@Suite struct SharedSessionTests {
    private static func session() throws -> DeviceSession {
        DeviceSession(
            personalized: address, keys: try keysV10(),
            settings: DeviceSettings(region: .eu868, version: .v103, revision: .revisionA))
    }

    @Test func `counters end where others' begin, and are never reserved beyond`() {
        var counter = DownlinkCounter(reserved: 1_000)
        var taken: [UInt32] = []
        while let next = counter.take(below: 1_024) { taken.append(next.value) }
        #expect(taken == Array(1_000..<1_024))
        #expect(counter.reserved == 1_024)
        #expect(counter.take(below: 1_030)?.value == 1_024)
        #expect(counter.reserved == 1_030)
    }

    @Test func `counters that others may have used are left out`() throws {
        var session = try Self.session().sending(.below(2_048), from: 1_024)
        #expect(session.takeCounter(isApplication: false)?.value == 1_024)
        session = session.sending(.below(2_048), from: 1_024)
        #expect(session.takeCounter(isApplication: false)?.value == 1_025)
        session = session.sending(.not)
        #expect(session.takeCounter(isApplication: false) == nil)
    }

    @Test func `frames do not change the shape of a session, its radio does`() throws {
        let before = try Self.session()
        var after = before
        after.uplink.lastCounter = FrameCounter(rawValue: 77)
        _ = after.takeCounter(isApplication: false)
        #expect(after.shape == before.shape)
        after.radio.rxDelay += 1
        #expect(after.shape != before.shape)
    }

    @Test func `of two counters of one session the later holds, and another session's says nothing`() throws {
        var here = try Self.session()
        here.uplink.lastCounter = FrameCounter(rawValue: 5)
        var there = here.uplink
        there.lastCounter = FrameCounter(rawValue: 9)
        #expect(here.heard(there).uplink.lastCounter?.rawValue == 9)
        there.lastCounter = FrameCounter(rawValue: 3)
        #expect(here.heard(there).uplink.lastCounter?.rawValue == 5)
        let other = UplinkSession(
            devAddr: address, keys: try keysV10(9), lastCounter: FrameCounter(rawValue: 99))
        #expect(here.heard(other).uplink.lastCounter?.rawValue == 5)
    }

    @Test func `two records of joins together allow what both allow`() {
        var (here, there) = (JoinState(), JoinState())
        (here.usedNonces, here.nextJoinNonce) = ([1, 2], 3)
        (there.usedNonces, there.nextJoinNonce) = ([2, 7], 9)
        let merged = here.merged(with: there)
        #expect(Set(merged.usedNonces) == [1, 2, 7])
        #expect(merged.nextJoinNonce == 9)
        #expect(!merged.allows(7, version: .v103))
    }
}
