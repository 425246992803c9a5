/// Batches that other receivers send, and who they are.
extension Schema {
    static let uploads = Migration(name: "5 uploads", statements: [spool, uploaders])

    /// A row with `sightings` waits for the pipeline; one without is remembered, so that a batch that
    /// is sent again is answered again. A long batch has several parts.
    private static let spool = """
        CREATE TABLE upload (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            gateway TEXT NOT NULL,
            batch_id TEXT NOT NULL,
            part INTEGER NOT NULL,
            organization INTEGER NOT NULL REFERENCES organization(key),
            accepted INTEGER NOT NULL,
            rejections TEXT NOT NULL,
            sightings BLOB,
            uploaded_at INTEGER NOT NULL,
            boot INTEGER NOT NULL,
            monotonic INTEGER NOT NULL,
            UNIQUE (gateway, batch_id, part)
        );
        CREATE INDEX upload_waiting ON upload(key) WHERE sightings IS NOT NULL;
        """

    private static let uploaders = """
        CREATE TABLE sdkKey (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            organization INTEGER NOT NULL REFERENCES organization(key),
            name TEXT NOT NULL,
            hash BLOB NOT NULL UNIQUE,
            created_at INTEGER NOT NULL,
            revoked_at INTEGER
        );

        CREATE TABLE uploadingGateway (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            organization INTEGER NOT NULL REFERENCES organization(key),
            sdk_key TEXT NOT NULL REFERENCES sdkKey(id),
            device_id TEXT NOT NULL,
            description TEXT NOT NULL,
            latitude REAL,
            longitude REAL,
            altitude REAL,
            accuracy REAL,
            located_at INTEGER,
            registered_at INTEGER NOT NULL,
            last_seen TEXT NOT NULL,
            tokens TEXT NOT NULL,
            batches INTEGER NOT NULL DEFAULT 0,
            accepted INTEGER NOT NULL DEFAULT 0,
            rejected INTEGER NOT NULL DEFAULT 0
        );
        """
}
