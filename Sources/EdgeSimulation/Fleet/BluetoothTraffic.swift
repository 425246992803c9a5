package import EdgeModel

/// The advertising reports that a fleet causes in one radio, in order of time and without end.
///
/// Each message is sent several times with the same bytes and heard each time at another strength.
/// A device that a fleet has, but that cannot send, is silent.
package struct BluetoothTraffic: Sequence, Sendable {
    private let fleet: SimulatedFleet
    private let start: Timestamp

    /// `start` is the wall time at which the simulation begins.
    package init(_ fleet: SimulatedFleet, start: Timestamp) {
        self.fleet = fleet
        self.start = start
    }

    package func makeIterator() -> Iterator { Iterator(fleet, start: start) }
}
