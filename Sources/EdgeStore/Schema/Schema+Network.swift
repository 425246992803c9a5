/// What the LoRaWAN network server keeps: sessions, joins, downlinks that wait, and the frame log.
extension Schema {
    static let network = Migration(name: "7 network", statements: [sessions, downlinks, frameLog])

    /// States are sealed: they hold session keys. `nonces_cleared` counts what an operator asked for.
    private static let sessions = """
        CREATE TABLE lorawanSession (
            device INTEGER NOT NULL REFERENCES device(key),
            number INTEGER NOT NULL,
            sealed_state BLOB NOT NULL,
            summary TEXT NOT NULL,
            PRIMARY KEY (device, number)
        ) WITHOUT ROWID;

        CREATE TABLE lorawanJoin (
            device INTEGER PRIMARY KEY REFERENCES device(key),
            sealed_state BLOB NOT NULL
        );
        """

    private static let downlinks = """
        CREATE TABLE downlink (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            device INTEGER NOT NULL REFERENCES device(key),
            f_port INTEGER NOT NULL CHECK (f_port BETWEEN 1 AND 255),
            payload BLOB NOT NULL,
            is_confirmed INTEGER NOT NULL,
            priority INTEGER NOT NULL,
            lifetime INTEGER,
            created_at TEXT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT,
            attempts INTEGER NOT NULL,
            frame_counter INTEGER,
            changed_at INTEGER NOT NULL,
            is_finished INTEGER NOT NULL
        );
        CREATE INDEX downlink_by_device ON downlink(device, key);
        CREATE INDEX downlink_waiting ON downlink(device) WHERE is_finished = 0;
        """

    private static let frameLog = """
        CREATE TABLE frameLog (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            organization INTEGER,
            device INTEGER,
            kind TEXT NOT NULL,
            at INTEGER NOT NULL,
            clock_quality INTEGER NOT NULL,
            boot INTEGER NOT NULL,
            monotonic INTEGER NOT NULL,
            gateway TEXT,
            frequency INTEGER,
            data_rate TEXT,
            rssi REAL,
            snr REAL,
            power INTEGER,
            frame BLOB,
            frame_counter INTEGER,
            f_port INTEGER,
            commands TEXT,
            note TEXT
        );
        CREATE INDEX frame_log_by_device ON frameLog(device, number) WHERE device IS NOT NULL;
        CREATE INDEX frame_log_undated ON frameLog(boot) WHERE clock_quality = 0;
        """
}
