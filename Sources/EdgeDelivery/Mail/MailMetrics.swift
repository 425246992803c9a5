import CoreMetrics

/// Counters of letters, made once.
struct MailMetrics: Sendable {
    private let accepted = Counter(label: "edge_mail_attempted_total", dimensions: [("result", "accepted")])
    private let refused = Counter(label: "edge_mail_attempted_total", dimensions: [("result", "refused")])
    private let deferred = Counter(label: "edge_mail_attempted_total", dimensions: [("result", "deferred")])
    private let failed = Counter(label: "edge_mail_attempted_total", dimensions: [("result", "failed")])
    let dead = Counter(label: "edge_mail_given_up_total")

    func count(_ attempt: MailAttempt) {
        switch attempt {
        case .accepted: accepted.increment()
        case .refused: refused.increment()
        case .deferred: deferred.increment()
        case .failed: failed.increment()
        }
    }
}
