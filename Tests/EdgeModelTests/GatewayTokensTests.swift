import EdgeModel
import Testing

@Suite struct GatewayTokensTests {
    private func pair(_ number: UInt8) -> GatewayTokens.Pair {
        GatewayTokens.Pair(deviceHash: [number], refreshHash: [number, number])
    }

    private func moment(_ seconds: UInt64, boot: Int64 = 1, wall: Int64? = nil) -> BootMoment {
        BootMoment(
            boot: boot,
            at: ClockReading(
                wall: Timestamp(seconds: wall ?? 1_772_366_400 + Int64(seconds)),
                monotonic: MonotonicInstant(nanoseconds: seconds * 1_000_000_000)))
    }

    @Test func `a device token is good for an hour of the monotonic clock, whatever the wall says`() {
        let tokens = GatewayTokens(pair(1), at: moment(100))
        #expect(tokens.admits([1], at: moment(3_699, wall: 0)))
        #expect(!tokens.admits([1], at: moment(3_700, wall: 0)))
        #expect(!tokens.admits([9], at: moment(100)))
    }

    @Test func `across a reboot the wall clock counts, and where it cannot tell the token has ended`() {
        let tokens = GatewayTokens(pair(1), at: moment(100))
        #expect(tokens.admits([1], at: moment(5, boot: 2, wall: 1_772_366_400 + 1_000)))
        #expect(!tokens.admits([1], at: moment(5, boot: 2, wall: 1_772_366_400 + 9_000)))
        #expect(!tokens.admits([1], at: moment(5, boot: 2, wall: 30)))
    }

    @Test func `a refresh token rotates, and the used one has five minutes from its first use`() {
        var tokens = GatewayTokens(pair(1), at: moment(0))
        func refresh(_ used: UInt8, with next: UInt8, at seconds: UInt64) -> Bool {
            tokens.refresh([used, used], with: pair(next), at: moment(seconds))
        }
        let first = refresh(1, with: 2, at: 100)
        #expect(first)
        #expect(tokens.admits([1], at: moment(100)))
        let (again, neverArrived) = (refresh(1, with: 3, at: 300), refresh(2, with: 4, at: 300))
        #expect(again && !neverArrived)
        let (inTime, tooLate) = (refresh(1, with: 4, at: 399), refresh(1, with: 5, at: 400))
        #expect(inTime && !tooLate)
        let later = refresh(4, with: 5, at: 9_000)
        #expect(later)
        #expect(tokens.refreshHashes == [[5, 5], [4, 4]])
        #expect(tokens.number == 5)
    }

    @Test func `a gateway is online for a quarter of an hour after its last word, whatever the wall says`() {
        let gateway = UploadingGateway(
            id: GatewayID("g"), organization: OrganizationID("o"), sdkKey: SDKKeyID("k"), deviceID: "d",
            description: .init(), registeredAt: Timestamp(seconds: 0), lastSeen: moment(100),
            tokens: GatewayTokens(pair(1), at: moment(0)))
        #expect(gateway.isOnline(at: moment(999, wall: 0)))
        #expect(!gateway.isOnline(at: moment(1_000, wall: 1_772_366_400)))
    }

    @Test func `a new registration leaves the tokens before it good for their time`() {
        var tokens = GatewayTokens(pair(1), at: moment(0))
        tokens.replace(with: pair(2), at: moment(10))
        #expect(tokens.admits([1], at: moment(20)) && tokens.admits([2], at: moment(20)))
        tokens.replace(with: pair(3), at: moment(30))
        #expect(!tokens.admits([1], at: moment(40)))
    }
}
