/// What metrics and billing are answered from, however many packets there are; and two indexes that
/// registering among many devices and listing frames need.
///
/// `packetHour` and `activePeriod` are written from memory now and then, and again from the packets
/// above `rolled_up_through` when the process ended before. `activePeriod` has the hours (unit 0) of
/// the last weeks and the days (unit 1) of years; `start` counts hours or days since 1970.
extension Schema {
    static let rollUps = Migration(name: "2 roll-ups", statements: [rollUpTables])

    private static let rollUpTables = """
        CREATE TABLE packetHour (
            organization INTEGER NOT NULL,
            hour INTEGER NOT NULL,
            platform INTEGER NOT NULL,
            packets INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            PRIMARY KEY (organization, hour, platform)
        ) WITHOUT ROWID;

        CREATE TABLE activePeriod (
            key INTEGER PRIMARY KEY,
            organization INTEGER NOT NULL,
            unit INTEGER NOT NULL,
            start INTEGER NOT NULL,
            devices BLOB NOT NULL,
            UNIQUE (organization, unit, start)
        );

        CREATE TABLE registryHour (
            organization INTEGER NOT NULL,
            hour INTEGER NOT NULL,
            registered INTEGER NOT NULL,
            removed INTEGER NOT NULL,
            PRIMARY KEY (organization, hour)
        ) WITHOUT ROWID;
        INSERT INTO registryHour
            SELECT organization, hour, sum(registered), sum(removed) FROM (
                SELECT organization, created_at / 3600000000 AS hour, 1 AS registered, 0 AS removed FROM device
                UNION ALL
                SELECT organization, deleted_at / 3600000000, 0, 1 FROM device WHERE deleted_at IS NOT NULL
            ) GROUP BY organization, hour;
        CREATE TRIGGER device_registered AFTER INSERT ON device BEGIN
            INSERT INTO registryHour VALUES (new.organization, new.created_at / 3600000000, 1, 0)
                ON CONFLICT DO UPDATE SET registered = registered + 1;
        END;
        CREATE TRIGGER device_kept_removed AFTER INSERT ON device WHEN new.deleted_at IS NOT NULL BEGIN
            INSERT INTO registryHour VALUES (new.organization, new.deleted_at / 3600000000, 0, 1)
                ON CONFLICT DO UPDATE SET removed = removed + 1;
        END;
        CREATE TRIGGER device_removed AFTER UPDATE OF deleted_at ON device
            WHEN old.deleted_at IS NULL AND new.deleted_at IS NOT NULL BEGIN
            INSERT INTO registryHour VALUES (new.organization, new.deleted_at / 3600000000, 0, 1)
                ON CONFLICT DO UPDATE SET removed = removed + 1;
        END;
        CREATE INDEX device_removed_at ON device(organization, deleted_at) WHERE deleted_at IS NOT NULL;

        CREATE INDEX device_removed_by_eui ON device(dev_eui) WHERE deleted_at IS NOT NULL;

        CREATE INDEX raw_frame_by_time ON rawFrame(first_at, key);
        """
}
