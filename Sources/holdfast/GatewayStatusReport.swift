import EdgeHTTP
import EdgeIngest
import EdgeModel
import EdgeRadio
import EdgeStore

/// Asks every part how it is, for `/health/ready` and `/metrics`.
struct GatewayStatusReport: Sendable {
    let store: Store
    let queue: SightingQueue
    let board: GatewayBoard
    let health: IngestHealth
    let scanner: HCIScannerService
    let metrics: MetricsRegistry

    func checks() async -> [HealthCheck] {
        let ingest = health.snapshot
        let database = await databaseState()
        let clock = store.clock.quality
        var checks = [
            HealthCheck("database", database ?? "connected", isGood: database == nil, isVital: true),
            HealthCheck("storage", ingest.trouble ?? "ok", isGood: ingest.trouble == nil, isVital: true),
            HealthCheck("keys", ingest.isLoaded ? "ok" : "loading", isGood: ingest.isLoaded, isVital: true),
            HealthCheck("clock", "\(clock)", isGood: clock != .none, isVital: false),
        ]
        for radio in scanner.snapshot() {
            checks.append(
                HealthCheck(
                    "radio_ble_\(radio.adapter)", "\(radio.condition)", isGood: radio.condition == .scanning,
                    isVital: false))
        }
        let forwarders = board.snapshot().count { $0.kind == .packetForwarder }
        checks.append(HealthCheck("radio_lora", "\(forwarders) gateways", isGood: true, isVital: false))
        return checks
    }

    private func databaseState() async -> String? {
        do {
            _ = try await store.organizations()
            return store.isDamaged ? "damaged; restart to save what can be read" : nil
        } catch {
            return "\(error)"
        }
    }

    /// What is counted elsewhere than in the registry is added to its text.
    func metricsText() async -> String {
        await store.settle()
        let queue = queue.statistics
        let ingest = health.snapshot
        var gauges: [(String, String, Int)] = [
            ("edge_sighting_accepted_total", "counter", Int(clamping: queue.accepted)),
            ("edge_sighting_queue_dropped_total", "counter", Int(clamping: queue.dropped)),
            ("edge_sighting_queue_length", "gauge", queue.pending),
            ("edge_packet_sequence", "gauge", Int(store.lastSequence)),
            ("edge_packet_quarantined_total", "counter", store.quarantinedPackets),
            ("edge_ephemeral_id_count", "gauge", ingest.ephemeralIDs),
            ("edge_device_beyond_limits", "gauge", ingest.devicesBeyondLimits),
            ("edge_gateway_count", "gauge", board.snapshot().count),
            ("edge_gateway_refused_total", "counter", Int(clamping: board.refused)),
            ("edge_gateway_unnamed_total", "counter", store.unnamedReceptions),
            ("edge_storage_free_bytes", "gauge", store.freeBytes),
            ("edge_storage_trouble", "gauge", ingest.trouble == nil ? 0 : 1),
        ]
        if let waiting = try? await store.uploadsWaiting() {
            gauges.append(("edge_upload_waiting", "gauge", waiting))
        }
        if let mail = try? await store.mailCounts(at: store.clock.now().wall) {
            gauges.append(("edge_mail_waiting", "gauge", mail.waiting))
            gauges.append(("edge_mail_dead_letters", "gauge", mail.dead))
        }
        if let discards = try? await store.discards() {
            for (reason, count) in discards.sorted(by: { $0.key < $1.key }) {
                gauges.append(("edge_row_discarded_total{reason=\"\(reason)\"}", "counter", count))
            }
        }
        var text = metrics.text()
        for (name, kind, value) in gauges {
            text += "# TYPE \(name.prefix { $0 != "{" }) \(kind)\n\(name) \(value)\n"
        }
        return text + gatewayText()
    }

    /// What each receiving station reported; the first thousand, by name.
    private func gatewayText() -> String {
        let gateways = board.snapshot().sorted { $0.id.rawValue < $1.id.rawValue }.prefix(1_000)
        let columns: [(String, String, (GatewayStatus) -> Double?)] = [
            (
                "edge_gateway_last_seen_seconds", "gauge",
                { Double($0.lastSeen.wall.microseconds) / 1_000_000 }
            ),
            ("edge_gateway_received_total", "counter", { Double($0.statistics.received) }),
            ("edge_gateway_received_valid_total", "counter", { Double($0.statistics.receivedWithValidCRC) }),
            ("edge_gateway_forwarded_total", "counter", { Double($0.statistics.forwarded) }),
            ("edge_gateway_downlinks_sent_total", "counter", { Double($0.statistics.downlinksSent) }),
            ("edge_gateway_acknowledged_percent", "gauge", { $0.statistics.acknowledgedPercent }),
            ("edge_gateway_temperature_celsius", "gauge", { $0.statistics.temperature }),
            ("edge_gateway_latitude_degrees", "gauge", { $0.location?.latitude }),
            ("edge_gateway_longitude_degrees", "gauge", { $0.location?.longitude }),
        ]
        return columns.reduce(into: "") { text, column in
            text += "# TYPE \(column.0) \(column.1)\n"
            for gateway in gateways {
                guard let value = column.2(gateway) else { continue }
                text += "\(column.0){gateway=\"\(gateway.id)\"} \(value)\n"
            }
        }
    }
}
