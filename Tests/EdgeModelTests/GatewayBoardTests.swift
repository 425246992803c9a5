import EdgeModel
import Testing

@Suite struct GatewayBoardTests {
    private static func reading(_ seconds: Int64) -> ClockReading {
        ClockReading(
            wall: Timestamp(seconds: 1_800_000_000 + seconds),
            monotonic: MonotonicInstant(nanoseconds: UInt64(seconds) * 1_000_000_000))
    }

    @discardableResult
    private static func hear(_ name: String, at seconds: Int64, on board: GatewayBoard) -> Bool {
        board.observed(GatewayID(name), kind: .packetForwarder, at: reading(seconds))
    }

    @Test func `a full board takes new stations once others were silent for an hour`() {
        let board = GatewayBoard()
        for number in 0..<GatewayBoard.capacity { Self.hear("\(number)", at: 100, on: board) }
        #expect(!Self.hear("new", at: 200, on: board))
        #expect(board.refused == 1)
        Self.hear("0", at: 1_000, on: board)
        #expect(Self.hear("new", at: 3_700, on: board))
        #expect(Set(board.snapshot().map(\.id)) == [GatewayID("0"), GatewayID("new")])
        #expect(board.holds(GatewayID("0")) && !board.holds(GatewayID("1")))
    }

    @Test func `a board with room keeps the silent`() {
        let board = GatewayBoard()
        Self.hear("old", at: 0, on: board)
        Self.hear("new", at: 1_000_000, on: board)
        #expect(board.holds(GatewayID("old")))
    }
}
