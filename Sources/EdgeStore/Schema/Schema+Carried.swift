/// What else gateways bring to their central, and how long what waits there does.
///
/// `gatewayAudit` has the entries of gateways' audit logs as they were written there, each with the hash that
/// goes into the next; of an entry of another organization nothing but that. `kept_at` is when a packet began
/// to wait for its device. Frames up to `raw_mark` went up; a number that is free again is not among them.
extension Schema {
    static let carried = Migration(
        name: "18 carried",
        statements: [
            """
            ALTER TABLE upstream ADD COLUMN audit TEXT NOT NULL DEFAULT '{"epoch":"","revision":0}';
            ALTER TABLE upstream ADD COLUMN raw_epoch TEXT NOT NULL DEFAULT '';
            ALTER TABLE upstream ADD COLUMN raw_mark INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE upstream ADD COLUMN sends_raw_frames INTEGER NOT NULL DEFAULT 0;

            CREATE TABLE gatewayAudit (
                gateway INTEGER NOT NULL REFERENCES enrolledGateway(key),
                sequence INTEGER NOT NULL,
                hash BLOB NOT NULL,
                at INTEGER NOT NULL,
                initiator TEXT,
                initiator_id TEXT,
                organization TEXT,
                action TEXT,
                object TEXT,
                detail TEXT,
                address TEXT,
                request_id TEXT,
                PRIMARY KEY (gateway, sequence, hash)
            ) WITHOUT ROWID;
            CREATE TRIGGER gateway_audit_fixed BEFORE UPDATE ON gatewayAudit BEGIN
                SELECT RAISE(ABORT, 'the audit log of a gateway is only ever added to');
            END;

            CREATE TRIGGER raw_frame_number_free AFTER DELETE ON rawFrame
                WHEN old.key <= (SELECT max(raw_mark) FROM upstream)
                    AND NOT EXISTS (SELECT 1 FROM rawFrame WHERE key > old.key) BEGIN
                UPDATE upstream SET raw_mark = min(raw_mark, old.key - 1);
            END;

            ALTER TABLE pendingPacket ADD COLUMN kept_at INTEGER NOT NULL DEFAULT 0;
            UPDATE pendingPacket SET kept_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000000;

            ALTER TABLE deviceActivity ADD COLUMN frame_counter_at INTEGER;
            """
        ])
}
