/// Finds the devices that an ephemeral identifier may belong to, at a cost that does not grow with
/// their number.
///
/// It knows each device's EIDs over a window of days, and its pools where it may count uptime. The
/// bulk is one immutable layer; a device that is registered or re-keyed goes into a small layer
/// above it and hides what lies below, so that it is found at once.
///
/// Once a day `refreshed` builds the next table beside this one. It is pure, may run anywhere, and
/// derives only what no layer has. What changed meanwhile is brought over by `replay`:
///
///     let base = table
///     var next = base.refreshed(window: newWindow, devices: devices)   // in the background
///     next.replay(changesOf: table, since: base)                       // where `table` lives
///     table = next
package struct EphemeralIDTable: Sendable {
    package let window: ClosedRange<TimeCounter>
    package let limits: PoolLimits
    /// The bulk first, and above it newer layers, each less than half the size of the one below.
    private var layers: [EphemeralIDLayer]
    private var grants: PoolGrants
    private var changes: [Change] = []

    private enum Change: Sendable {
        case insert([ListedDevice])
        case remove(Int32)
    }

    /// Derives everything: about 3 us for each device and day. Indices are unique in `devices`.
    /// Where the limits bite, the first devices have precedence.
    package init(
        devices: [ListedDevice] = [], window: ClosedRange<TimeCounter>, limits: PoolLimits = PoolLimits()
    ) {
        self.init(devices: devices, window: window, limits: limits, keeping: [])
    }

    private init(
        devices: [ListedDevice], window: ClosedRange<TimeCounter>, limits: PoolLimits,
        keeping layers: [EphemeralIDLayer]
    ) {
        var grants = PoolGrants()
        let plan = EphemeralIDPlan(devices, limits: limits, grants: &grants)
        self.window = window
        self.limits = limits
        self.layers = [EphemeralIDLayer(plan, window: window, keeping: layers)]
        self.grants = grants
    }

    // MARK: Looking up

    /// Calls `body` with each candidate in turn until it returns true; returns whether it did.
    /// The middle of the window comes first, then the days around it, then the pools.
    package func search(_ eid: EphemeralID, _ body: (EphemeralIDCandidate) -> Bool) -> Bool {
        switch eid.kind {
        case .counterMode:
            let id = UInt32(truncatingIfNeeded: eid.rawValue)
            return layers.contains { $0.search(counterMode: id, body) }
        case .eax:
            return layers.contains { $0.search(eax: eid.rawValue, body) }
        }
    }

    package func candidates(of eid: EphemeralID) -> [EphemeralIDCandidate] {
        var found: [EphemeralIDCandidate] = []
        _ = search(eid) { candidate in
            found.append(candidate)
            return false
        }
        return found
    }

    // MARK: Changing

    /// Adds devices, or replaces what was known of them.
    package mutating func insert(_ devices: [ListedDevice]) {
        for device in devices { forget(device.index) }
        let plan = EphemeralIDPlan(devices, limits: limits, grants: &grants)
        let layer = EphemeralIDLayer(plan, window: window)
        if entryCount == 0 {
            layers = [layer]
        } else {
            layers.append(layer)
            mergeNewestLayers()
        }
        changes.append(.insert(devices))
    }

    package mutating func remove(_ device: Int32) {
        forget(device)
        changes.append(.remove(device))
    }

    private mutating func forget(_ device: Int32) {
        for place in layers.indices { layers[place].hide(device) }
        grants.forget(device)
    }

    /// Keeps the number of layers logarithmic. The bulk is left to `refreshed`: merging it would be
    /// a pause.
    private mutating func mergeNewestLayers() {
        while layers.count > 2, layers[layers.count - 1].count * 2 >= layers[layers.count - 2].count {
            let newest = layers.removeLast()
            layers[layers.count - 1] = EphemeralIDLayer(merging: layers[layers.count - 1], newest)
        }
    }

    // MARK: Refreshing

    /// The table for another window and for `devices`, with nothing hidden and in one layer.
    ///
    /// A device of `devices` whose key is not the one this table was told of is found by its old
    /// key on the days that both windows have: announce keys by `insert`.
    package func refreshed(window: ClosedRange<TimeCounter>, devices: [ListedDevice]) -> EphemeralIDTable {
        EphemeralIDTable(devices: devices, window: window, limits: limits, keeping: layers)
    }

    /// Repeats what happened to `live` after it was copied as `base`.
    package mutating func replay(changesOf live: EphemeralIDTable, since base: EphemeralIDTable) {
        for change in live.changes.dropFirst(base.changes.count) {
            switch change {
            case .insert(let devices): insert(devices)
            case .remove(let device): remove(device)
            }
        }
    }

    /// Whether so much changed that a refresh is worth its time before the window moves.
    package var isFragmented: Bool {
        changes.count > 1_000 || layers.dropFirst().reduce(0) { $0 + $1.count } > 100_000
    }

    // MARK: Counting

    package var entryCount: Int { layers.reduce(0) { $0 + $1.count } }

    /// Devices that would have needed a pool which the limits did not grant.
    package var deniedCount: Int { grants.denied.count }
}
