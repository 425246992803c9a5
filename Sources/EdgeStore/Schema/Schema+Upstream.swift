/// Store and forward: on a gateway, the centrals that it sends to; on a central, the gateways that send,
/// what has arrived of each, and what waits for its device.
///
/// A packet costs no row here on a gateway: an upstream is behind by what the central has not confirmed.
/// On a central it costs four bytes of `syncBlock`, by which a sequence number that is used for two
/// packets is noticed.
extension Schema {
    static let upstream = Migration(name: "9 upstream", statements: [sending, receiving])

    /// `receptionChange` names the packets that may have been sent and have changed since, `deviceShadow`
    /// what a device was like when gateway and central last agreed on it.
    private static let sending = """
        CREATE TABLE upstream (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            url TEXT NOT NULL,
            organization INTEGER NOT NULL REFERENCES organization(key),
            gateway TEXT NOT NULL,
            sealed_credential BLOB NOT NULL,
            sealed_private_key BLOB NOT NULL,
            pin BLOB,
            created_at INTEGER NOT NULL,
            is_paused INTEGER NOT NULL DEFAULT 0,
            epoch BLOB NOT NULL,
            arrived TEXT NOT NULL DEFAULT '{"ranges":[]}',
            reserved INTEGER NOT NULL DEFAULT 0,
            updates_mark INTEGER NOT NULL DEFAULT 0,
            central_key BLOB NOT NULL,
            central_epoch TEXT NOT NULL DEFAULT '',
            registry_revision INTEGER NOT NULL DEFAULT 0,
            operations_mark INTEGER NOT NULL DEFAULT 0,
            contradictions INTEGER NOT NULL DEFAULT 0,
            confirmed_at INTEGER,
            last_error TEXT
        );

        CREATE TABLE receptionChange (
            revision INTEGER PRIMARY KEY AUTOINCREMENT,
            packet INTEGER NOT NULL UNIQUE
        );

        CREATE TABLE deviceShadow (
            dev_eui INTEGER PRIMARY KEY,
            fields TEXT NOT NULL
        );

        CREATE TRIGGER reception_added AFTER INSERT ON reception
            WHEN new.packet <= (SELECT max(reserved) FROM upstream) BEGIN
            INSERT OR REPLACE INTO receptionChange (packet) VALUES (new.packet);
        END;
        CREATE TRIGGER packet_dated AFTER UPDATE OF received_at ON packet
            WHEN new.sequence <= (SELECT max(reserved) FROM upstream) BEGIN
            INSERT OR REPLACE INTO receptionChange (packet) VALUES (new.sequence);
        END;
        """

    private static let receiving = """
        CREATE TABLE enrolledGateway (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            organization INTEGER NOT NULL REFERENCES organization(key),
            name TEXT NOT NULL,
            code_hash BLOB UNIQUE,
            code_made TEXT,
            credential_hash BLOB UNIQUE,
            public_key BLOB,
            created_at INTEGER NOT NULL,
            enrolled_at INTEGER,
            revoked_at INTEGER,
            last_seen TEXT,
            report TEXT,
            conflicts INTEGER NOT NULL DEFAULT 0,
            packets INTEGER NOT NULL DEFAULT 0
        );

        CREATE TABLE syncHistory (
            key INTEGER PRIMARY KEY,
            gateway INTEGER NOT NULL REFERENCES enrolledGateway(key),
            epoch BLOB NOT NULL,
            received TEXT NOT NULL,
            witness_sequence INTEGER NOT NULL DEFAULT 0,
            witness_fingerprint INTEGER NOT NULL DEFAULT 0,
            began_at INTEGER NOT NULL,
            UNIQUE (gateway, epoch)
        );
        CREATE TABLE syncBlock (
            history INTEGER NOT NULL REFERENCES syncHistory(key) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            fingerprints BLOB NOT NULL,
            PRIMARY KEY (history, number)
        ) WITHOUT ROWID;
        CREATE TABLE syncConflict (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            gateway INTEGER NOT NULL REFERENCES enrolledGateway(key),
            epoch BLOB NOT NULL,
            sequence INTEGER NOT NULL,
            known INTEGER NOT NULL,
            offered INTEGER NOT NULL,
            packet BLOB NOT NULL,
            at INTEGER NOT NULL,
            UNIQUE (gateway, epoch, sequence, offered)
        );

        CREATE TABLE mergedOperation (
            gateway TEXT NOT NULL,
            dev_eui INTEGER NOT NULL,
            operation TEXT NOT NULL,
            PRIMARY KEY (gateway, dev_eui)
        ) WITHOUT ROWID;

        CREATE TABLE pendingPacket (
            key INTEGER PRIMARY KEY,
            organization INTEGER NOT NULL REFERENCES organization(key),
            dev_eui INTEGER NOT NULL,
            id BLOB NOT NULL,
            row BLOB NOT NULL,
            UNIQUE (organization, dev_eui, id)
        );
        """
}
