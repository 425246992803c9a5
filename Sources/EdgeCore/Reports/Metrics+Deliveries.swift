package import EdgeModel
import EdgeStore

/// Metrics of webhook deliveries.
extension Metrics {
    package struct Deliveries: Sendable {
        package struct Bucket: Sendable {
            package let webhook: WebhookID
            package let name: String
            package let start: Timestamp
            package fileprivate(set) var volume = Volume()
        }

        package struct Volume: Sendable {
            package fileprivate(set) var attempted = 0
            package fileprivate(set) var successful = 0
            package fileprivate(set) var failed = 0
            package fileprivate(set) var retries = 0
            fileprivate var milliseconds = 0

            /// In per cent, of the deliveries that came to an end; 100 where none did.
            package var successRate: Double {
                let ended = successful + failed
                return ended == 0 ? 100 : Double(successful) / Double(ended) * 100
            }

            /// Of all attempts.
            package var averageMilliseconds: Double {
                let attempts = attempted + retries
                return attempts == 0 ? 0 : Double(milliseconds) / Double(attempts)
            }

            fileprivate mutating func add(_ hour: WebhookHour) {
                attempted += hour.attempted
                successful += hour.successful
                failed += hour.failed
                retries += hour.retries
                milliseconds += hour.durationMilliseconds
            }
        }

        package fileprivate(set) var buckets: [Bucket] = []
        package fileprivate(set) var total = Volume()
    }

    /// More buckets than this are not filled in where nothing happened.
    private static let filledLimit = 4_000

    /// Bucket by bucket the deliveries of all webhooks, or of one. Buckets without deliveries are there
    /// since the webhook is, unless that would be very many. Throws `notFound` for a webhook that is not.
    package func deliveries(_ organization: OrganizationID, _ window: MetricsWindow, of webhook: WebhookID?)
        async throws -> Deliveries
    {
        var histories = try await store.webhookHistory(of: organization, window.hours)
        if let webhook {
            histories.removeAll { $0.id != webhook }
            guard !histories.isEmpty else { throw EdgeError.notFound("Webhook not found") }
        }
        let isFilled = histories.count * window.starts.count <= Self.filledLimit
        var result = Deliveries()
        for history in histories {
            var volumes: [Int: Deliveries.Volume] = [:]
            for hour in history.hours {
                result.total.add(hour)
                if let place = window.place(of: hour.hour) {
                    volumes[place, default: Deliveries.Volume()].add(hour)
                }
            }
            let first = history.isDeleted ? Int.max : window.place(of: history.createdAt) ?? 0
            for (place, start) in window.starts.enumerated() {
                guard let volume = volumes[place] ?? (isFilled && place >= first ? Deliveries.Volume() : nil)
                else { continue }
                result.buckets.append(
                    Deliveries.Bucket(webhook: history.id, name: history.name, start: start, volume: volume))
            }
        }
        return result
    }
}
