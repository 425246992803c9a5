/// How a scanner reaches its controller.
package enum HCILink: String, Hashable, Sendable {
    /// The kernel's raw channel: the kernel drives the controller, other programs may use it too.
    case raw
    /// The kernel's user channel: the adapter is ours alone and we drive the controller.
    case user
    /// H4 over a stream socket: we drive the controller.
    case h4

    /// Whether resetting and setting up the controller is up to us.
    var isHost: Bool { self != .raw }
}

/// Which commands the scan is made with.
package enum HCIScanKind: String, Hashable, Sendable {
    case legacy
    case extended
}

/// Why a controller could not be reached.
package enum HCIOpenFailure: Error, Hashable, Sendable {
    /// The kernel has no Bluetooth at all; no use in trying again.
    case unsupportedByKernel
    case adapterMissing
    case blockedByRfkill
    /// Without it the kernel hides the reports (`netRaw`) or the adapter stays off (`netAdmin`).
    case capabilityMissing(Capability)
    case failed(SystemCallFailure)

    package enum Capability: String, Hashable, Sendable {
        case netRaw = "CAP_NET_RAW"
        case netAdmin = "CAP_NET_ADMIN"
    }
}

/// Why a scan was set again; the raw value is a label of `edge_hci_scan_rearmed_total`.
package enum HCIScanRearmReason: String, Hashable, Sendable, CaseIterable {
    case hardwareError = "hardware_error"
    /// The adapter was down or unplugged and is back.
    case adapterReturned = "adapter_returned"
    /// The connection to the controller had ended.
    case reconnected
    /// Another program had stopped or changed the scan, or reset the controller.
    case othersScan = "others_scan"
    case silence
    /// A command was refused or had no answer.
    case commandFailed = "command_failed"
    /// The place in the H4 stream had been lost.
    case framingLost = "framing_lost"
}
