import BluetoothLE

/// An open connection to a controller: the kernel's, or H4 over a stream socket.
///
/// Used by one thread. No method waits: `poll` on `descriptor` says when there is something.
protocol HCIConnection: AnyObject {
    var link: HCILink { get }
    var descriptor: CInt { get }

    /// Events lost since the connection was opened because they were not read in time.
    func droppedCount() throws(SystemCallFailure) -> Int

    func send(_ command: any HCICommand) throws(SystemCallFailure)

    /// Reads what is there, up to a limit that keeps other inputs from starving, and hands over each
    /// packet without its indicator, with the time that has passed since the kernel received it.
    /// The bytes must not be kept.
    func receive(
        _ take: (_ indicator: H4Indicator, _ bytes: ArraySlice<UInt8>, _ age: Duration) -> Void
    ) throws(HCIReceiveFailure)
}

/// Why a connection cannot be read as before.
enum HCIReceiveFailure: Error {
    /// It has ended: the peer closed it (nil), or the system refuses to read.
    case ended(SystemCallFailure?)
    /// The place in the stream is lost until the controller is reset.
    case framingLost(H4Deframer.Failure)
}
