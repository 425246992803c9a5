/// Where packets are delivered to, how far each destination is, and what came of it by the hour.
///
/// A packet costs no row here: a destination is behind by what lies above its cursor. A webhook that
/// was deleted keeps its name and its hours, and loses its secret.
extension Schema {
    static let webhooks = Migration(
        name: "3 webhooks",
        statements: [
            """
            CREATE TABLE webhook (
                key INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                organization INTEGER NOT NULL REFERENCES organization(key),
                name TEXT NOT NULL,
                url TEXT NOT NULL,
                max_batch_size INTEGER NOT NULL CHECK (max_batch_size BETWEEN 1 AND 1000),
                sealed_secret BLOB,
                shape TEXT NOT NULL,
                pause TEXT,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                deleted_at INTEGER,
                revision INTEGER NOT NULL DEFAULT 1,
                cursor INTEGER NOT NULL,
                failures INTEGER NOT NULL DEFAULT 0,
                last_error TEXT,
                total_deliveries INTEGER NOT NULL DEFAULT 0,
                failed_deliveries INTEGER NOT NULL DEFAULT 0,
                dropped_packets INTEGER NOT NULL DEFAULT 0,
                last_delivery_at INTEGER,
                CHECK (deleted_at IS NOT NULL OR sealed_secret IS NOT NULL)
            );
            CREATE INDEX webhook_by_organization ON webhook(organization, key) WHERE deleted_at IS NULL;

            CREATE TABLE webhookHour (
                webhook INTEGER NOT NULL,
                hour INTEGER NOT NULL,
                attempted INTEGER NOT NULL,
                successful INTEGER NOT NULL,
                failed INTEGER NOT NULL,
                retries INTEGER NOT NULL,
                duration_ms INTEGER NOT NULL,
                PRIMARY KEY (webhook, hour)
            ) WITHOUT ROWID;
            """
        ])
}
