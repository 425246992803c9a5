/// What the first release kept.
extension Schema {
    static let foundation = Migration(
        name: "1 foundation", statements: [registry, packets, strangers, upkeep])

    /// Organizations, credentials, devices and their tags.
    ///
    /// `deviceTag` repeats the columns that lists are sorted by, so that a filtered page is read
    /// from one index in its order.
    private static let registry = """
        CREATE TABLE property (
            name TEXT PRIMARY KEY NOT NULL,
            value NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE organization (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            device_count INTEGER NOT NULL DEFAULT 0
        );

        CREATE TABLE credential (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            organization INTEGER NOT NULL REFERENCES organization(key),
            name TEXT NOT NULL,
            token_hash BLOB NOT NULL UNIQUE,
            scopes TEXT NOT NULL,
            permissions TEXT NOT NULL,
            metadata TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            expires_at INTEGER,
            last_used_at INTEGER,
            revoked_at INTEGER
        );

        CREATE TABLE device (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            organization INTEGER NOT NULL REFERENCES organization(key),
            name TEXT NOT NULL,
            name_folded TEXT NOT NULL,
            dev_eui INTEGER NOT NULL,
            dev_eui_spelling TEXT NOT NULL,
            status INTEGER NOT NULL,
            platform INTEGER NOT NULL,
            encryption INTEGER,
            counter_source INTEGER,
            period_exponent INTEGER,
            network_id INTEGER,
            sealed_key BLOB,
            sealed_lorawan BLOB,
            tags TEXT NOT NULL,
            latitude REAL,
            longitude REAL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            deleted_at INTEGER,
            revision INTEGER NOT NULL
        );
        CREATE UNIQUE INDEX device_by_eui ON device(dev_eui) WHERE deleted_at IS NULL;
        CREATE UNIQUE INDEX device_by_network_id ON device(network_id)
            WHERE deleted_at IS NULL AND network_id IS NOT NULL;
        CREATE INDEX device_by_revision ON device(revision);
        CREATE INDEX device_by_name ON device(organization, name_folded, key) WHERE deleted_at IS NULL;
        CREATE INDEX device_by_creation ON device(organization, created_at, key) WHERE deleted_at IS NULL;
        CREATE INDEX device_by_update ON device(organization, updated_at, key) WHERE deleted_at IS NULL;

        CREATE TABLE deviceTag (
            device INTEGER NOT NULL REFERENCES device(key) ON DELETE CASCADE,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            organization INTEGER NOT NULL,
            name_folded TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (device, name)
        ) WITHOUT ROWID;
        CREATE INDEX tag_by_device_name ON deviceTag(organization, name, value, name_folded, device);
        CREATE INDEX tag_by_creation ON deviceTag(organization, name, value, created_at, device);
        CREATE INDEX tag_by_update ON deviceTag(organization, name, value, updated_at, device);

        CREATE TABLE tagCount (
            organization INTEGER NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (organization, name, value)
        ) WITHOUT ROWID;
        CREATE TRIGGER tag_added AFTER INSERT ON deviceTag BEGIN
            INSERT INTO tagCount VALUES (new.organization, new.name, new.value, 1)
                ON CONFLICT DO UPDATE SET count = count + 1;
        END;
        CREATE TRIGGER tag_changed AFTER UPDATE OF value ON deviceTag WHEN old.value <> new.value BEGIN
            INSERT INTO tagCount VALUES (new.organization, new.name, new.value, 1)
                ON CONFLICT DO UPDATE SET count = count + 1;
            UPDATE tagCount SET count = count - 1
                WHERE organization = old.organization AND name = old.name AND value = old.value;
        END;
        CREATE TRIGGER tag_removed AFTER DELETE ON deviceTag BEGIN
            UPDATE tagCount SET count = count - 1
                WHERE organization = old.organization AND name = old.name AND value = old.value;
            DELETE FROM tagCount WHERE organization = old.organization AND name = old.name
                AND value = old.value AND count <= 0;
        END;

        CREATE VIRTUAL TABLE deviceName USING fts5(
            name_folded, content='device', content_rowid='key', tokenize='trigram');
        CREATE TRIGGER device_named AFTER INSERT ON device BEGIN
            INSERT INTO deviceName (rowid, name_folded) VALUES (new.key, new.name_folded);
        END;
        CREATE TRIGGER device_renamed AFTER UPDATE OF name_folded ON device
            WHEN old.name_folded <> new.name_folded BEGIN
            INSERT INTO deviceName (deviceName, rowid, name_folded)
                VALUES ('delete', old.key, old.name_folded);
            INSERT INTO deviceName (rowid, name_folded) VALUES (new.key, new.name_folded);
        END;
        """

    /// Packets in the order of their ingest sequence, and who heard them.
    ///
    /// `packet` carries its first reception itself; rows in `reception` exist only once a second
    /// gateway or a repeat was heard, and then for every gateway of the packet. `packetBlock` says
    /// which reception times each run of sequence numbers spans, so that a window of time is found
    /// without an index entry for each packet. An identifier alone is as good as random: an index on
    /// it would touch another page for every packet, so it is unique behind device and message
    /// number, where new entries come beside the last ones.
    private static let packets = """
        CREATE TABLE boot (
            key INTEGER PRIMARY KEY,
            id BLOB NOT NULL,
            started_at INTEGER NOT NULL
        );

        CREATE TABLE gateway (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE
        );

        CREATE TABLE packet (
            sequence INTEGER PRIMARY KEY,
            id BLOB NOT NULL,
            organization INTEGER NOT NULL,
            device INTEGER NOT NULL,
            platform INTEGER NOT NULL,
            protection INTEGER NOT NULL,
            payload BLOB NOT NULL,
            counter INTEGER,
            sequence_number INTEGER,
            f_port INTEGER,
            received_at INTEGER NOT NULL,
            clock_quality INTEGER NOT NULL,
            boot INTEGER NOT NULL,
            monotonic INTEGER NOT NULL,
            gateway INTEGER NOT NULL,
            rssi INTEGER,
            snr REAL,
            frequency INTEGER,
            data_rate TEXT,
            latitude REAL,
            longitude REAL,
            altitude REAL,
            accuracy REAL,
            checksum INTEGER NOT NULL
        );
        CREATE UNIQUE INDEX packet_by_message ON packet(device, ifnull(sequence_number, -1), id);
        CREATE INDEX packet_by_device ON packet(device, sequence);
        CREATE INDEX packet_by_platform ON packet(organization, platform, sequence);
        CREATE INDEX packet_undated ON packet(boot) WHERE clock_quality = 0;

        CREATE TABLE packetBlock (
            first_sequence INTEGER PRIMARY KEY,
            last_sequence INTEGER NOT NULL,
            earliest INTEGER NOT NULL,
            latest INTEGER NOT NULL
        );

        CREATE TABLE reception (
            packet INTEGER NOT NULL,
            gateway INTEGER NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            count INTEGER NOT NULL,
            rssi INTEGER,
            snr REAL,
            frequency INTEGER,
            data_rate TEXT,
            latitude REAL,
            longitude REAL,
            altitude REAL,
            accuracy REAL,
            PRIMARY KEY (packet, gateway)
        ) WITHOUT ROWID;

        CREATE TABLE deviceActivity (
            device INTEGER PRIMARY KEY,
            last_seen_at INTEGER,
            packet_count INTEGER NOT NULL,
            frame_counter INTEGER
        );
        """

    /// Frames that no key opened, found again by what they say of their sender.
    private static let strangers = """
        CREATE TABLE rawFrame (
            key INTEGER PRIMARY KEY,
            digest BLOB NOT NULL UNIQUE,
            kind INTEGER NOT NULL,
            lookup INTEGER NOT NULL,
            frame BLOB NOT NULL,
            gateway INTEGER NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            count INTEGER NOT NULL,
            clock_quality INTEGER NOT NULL,
            boot INTEGER NOT NULL,
            monotonic INTEGER NOT NULL,
            rssi INTEGER,
            snr REAL,
            frequency INTEGER,
            data_rate TEXT,
            latitude REAL,
            longitude REAL
        );
        CREATE INDEX raw_frame_by_lookup ON rawFrame(kind, lookup);
        CREATE INDEX raw_frame_undated ON rawFrame(boot) WHERE clock_quality = 0;
        """

    private static let upkeep = """
        CREATE TABLE discard (
            reason TEXT PRIMARY KEY NOT NULL,
            count INTEGER NOT NULL,
            last_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        """
}
