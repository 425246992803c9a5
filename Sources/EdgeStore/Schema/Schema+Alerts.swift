/// Who was silent for too long, and the gateways that are watched for it.
///
/// `kind` is `device` or `gateway`; a subject has at most one alert that is not cleared. Intervals in
/// whole seconds.
extension Schema {
    static let alerts = Migration(
        name: "11 alerts",
        statements: [
            """
            CREATE TABLE alert (
                key INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                organization INTEGER NOT NULL REFERENCES organization(key),
                kind TEXT NOT NULL CHECK (kind IN ('device', 'gateway')),
                subject TEXT NOT NULL,
                name TEXT NOT NULL,
                allowed_silence INTEGER NOT NULL,
                last_seen_at INTEGER,
                raised_at INTEGER NOT NULL,
                cleared_at INTEGER
            );
            CREATE UNIQUE INDEX alert_raised ON alert(organization, kind, subject) WHERE cleared_at IS NULL;
            CREATE INDEX alert_by_organization ON alert(organization, key);

            CREATE TABLE watchedGateway (
                id TEXT PRIMARY KEY NOT NULL,
                organization INTEGER REFERENCES organization(key),
                last_seen_at INTEGER NOT NULL,
                watched_since INTEGER NOT NULL
            ) WITHOUT ROWID;

            CREATE INDEX device_by_interval ON device(key) WHERE expected_interval IS NOT NULL;
            """
        ])
}
