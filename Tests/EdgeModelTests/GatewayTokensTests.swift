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
        #expect(tokens.refresh([1, 1], with: pair(2), at: moment(100)))
        #expect(tokens.admits([1], at: moment(100)))
        #expect(tokens.refresh([1, 1], with: pair(3), at: moment(300)))
        #expect(!tokens.refresh([2, 2], with: pair(4), at: moment(300)))
        #expect(tokens.refresh([1, 1], with: pair(4), at: moment(399)))
        #expect(!tokens.refresh([1, 1], with: pair(5), at: moment(400)))
        #expect(tokens.refresh([4, 4], with: pair(5), at: moment(9_000)))
        #expect(tokens.refreshHashes == [[5, 5], [4, 4]])
        #expect(tokens.number == 5)
    }

    @Test func `a new registration leaves the tokens before it good for their time`() {
        var tokens = GatewayTokens(pair(1), at: moment(0))
        tokens.replace(with: pair(2), at: moment(10))
        #expect(tokens.admits([1], at: moment(20)) && tokens.admits([2], at: moment(20)))
        tokens.replace(with: pair(3), at: moment(30))
        #expect(!tokens.admits([1], at: moment(40)))
    }
}
