/// Upstreams that speak the Hubble gateway API: those with a `device_id`.
///
/// `unsentFrame` has the Hubble frames that no key opened and that may not have arrived at each of them;
/// a frame that was opened or given up meanwhile is not in it any more. Its numbers are never used again.
extension Schema {
    static let hubbleUpstream = Migration(
        name: "13 hubbleUpstream",
        statements: [
            """
            ALTER TABLE upstream ADD COLUMN device_id TEXT;
            ALTER TABLE upstream ADD COLUMN sealed_refresh_token BLOB;
            ALTER TABLE upstream ADD COLUMN frames_mark INTEGER NOT NULL DEFAULT 0;

            CREATE TABLE unsentFrame (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                frame INTEGER NOT NULL UNIQUE
            );
            CREATE TRIGGER frame_queued AFTER INSERT ON rawFrame
                WHEN new.kind < 10 AND EXISTS (SELECT 1 FROM upstream WHERE device_id IS NOT NULL) BEGIN
                INSERT OR REPLACE INTO unsentFrame (frame) VALUES (new.key);
            END;
            CREATE TRIGGER frame_gone AFTER DELETE ON rawFrame BEGIN
                DELETE FROM unsentFrame WHERE frame = old.key;
            END;
            """
        ])
}
