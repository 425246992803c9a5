import BluetoothLE
import Logging

/// Tells the operator what a scanner is doing: a line when that changes, none when it only repeats.
struct HCIScannerLog {
    private let logger: Logger
    private var last: HCIScannerCondition?

    init(logger: Logger, adapter: String) {
        var logger = logger
        logger[metadataKey: "adapter"] = "\(adapter)"
        self.logger = logger
    }

    mutating func note(_ condition: HCIScannerCondition, link: HCILink?, kind: HCIScanKind?) {
        guard condition != .starting, condition != .configuring, condition != last else { return }
        last = condition
        switch condition {
        case .starting, .configuring: break
        case .scanning:
            logger.info(
                "Bluetooth scanning", metadata: ["link": text(link), "scan": text(kind)])
        case .sharingOthersScan: logger.info("another program's Bluetooth scan is in force")
        case .interrupted: logger.info("Bluetooth scanning was interrupted")
        case .unreachable(let failure): note(failure)
        case .refused(let opcode, nil):
            logger.warning(
                "the Bluetooth controller does not answer", metadata: ["hci.opcode": "\(opcode)"])
        case .refused(let opcode, let status?):
            logger.warning(
                "the Bluetooth controller refused a command",
                metadata: ["hci.opcode": "\(opcode)", "hci.status": "\(status)"])
        }
    }

    func noteRearmed(_ reason: HCIScanRearmReason) {
        logger.debug("Bluetooth scan set again", metadata: ["reason": "\(reason.rawValue)"])
    }

    func noteDropped(_ count: Int) {
        logger.error(
            "Bluetooth events were lost because the machine is too busy", metadata: ["count": "\(count)"])
    }

    func noteFramingLost(_ failure: H4Deframer.Failure) {
        logger.debug("H4 stream out of step", metadata: ["error": "\(failure)"])
    }

    private func note(_ failure: HCIOpenFailure) {
        switch failure {
        case .unsupportedByKernel: logger.warning("the kernel has no Bluetooth; LoRa and HTTP go on")
        case .adapterMissing: logger.info("the Bluetooth adapter is missing; waiting for it")
        case .blockedByRfkill:
            logger.warning("the Bluetooth adapter is blocked; 'rfkill unblock bluetooth' frees it")
        case .capabilityMissing(.netRaw):
            logger.warning("Bluetooth scanning needs CAP_NET_RAW, and CAP_NET_ADMIN to power the adapter")
        case .capabilityMissing(.netAdmin):
            logger.warning("the Bluetooth adapter is down, and powering it needs CAP_NET_ADMIN")
        case .failed(let failure):
            logger.warning(
                "the Bluetooth controller cannot be reached", metadata: ["error": "\(failure)"])
        }
    }
}

private func text(_ value: (some RawRepresentable<String>)?) -> Logger.MetadataValue {
    .string(value?.rawValue ?? "none")
}
