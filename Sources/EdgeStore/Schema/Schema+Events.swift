/// What happens beside the packets, and which webhooks are told of it.
///
/// `events` of a webhook are the names of what it wants, parted by blanks; null for packets alone. It is
/// behind by what lies above its `event_cursor`.
extension Schema {
    static let events = Migration(
        name: "12 events",
        statements: [
            """
            CREATE TABLE event (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                organization INTEGER NOT NULL REFERENCES organization(key),
                type TEXT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('device', 'gateway')),
                subject TEXT NOT NULL,
                name TEXT NOT NULL,
                allowed_silence INTEGER NOT NULL,
                last_seen_at INTEGER,
                occurred_at INTEGER NOT NULL
            );
            CREATE INDEX event_by_organization ON event(organization, sequence);

            ALTER TABLE webhook ADD COLUMN events TEXT;
            ALTER TABLE webhook ADD COLUMN event_cursor INTEGER NOT NULL DEFAULT 0;
            """
        ])
}
