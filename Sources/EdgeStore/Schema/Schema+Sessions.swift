/// LoRaWAN sessions that the gateways of an organization share.
///
/// On a gateway `sharedSession` says who sends: `is_elsewhere` means another. Downlink counters from
/// `first_counter` on, below `ceiling`, are this gateway's alone. `sessionChange` names what the central is to
/// hear of. On a central `groupSession` has the sessions, sealed, with their senders; counters from
/// `ceiling` on were given to nobody.
extension Schema {
    static let sharedSessions = Migration(name: "17 sharedSessions", statements: [here, there])

    private static let here = """
        ALTER TABLE lorawanSession ADD COLUMN shape INTEGER;
        ALTER TABLE lorawanSession ADD COLUMN reserved INTEGER;

        CREATE TABLE sharedSession (
            device INTEGER NOT NULL REFERENCES device(key),
            number INTEGER NOT NULL,
            is_elsewhere INTEGER NOT NULL,
            first_counter INTEGER NOT NULL,
            ceiling INTEGER NOT NULL,
            claimed_since INTEGER,
            quiet_below INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (device, number)
        ) WITHOUT ROWID;
        CREATE INDEX shared_session_claimed ON sharedSession(device) WHERE claimed_since IS NOT NULL;
        CREATE TABLE sharedJoin (
            device INTEGER PRIMARY KEY REFERENCES device(key),
            sealed_state BLOB NOT NULL
        );
        CREATE TABLE sessionChange (
            revision INTEGER PRIMARY KEY AUTOINCREMENT,
            device INTEGER NOT NULL,
            number INTEGER NOT NULL,
            UNIQUE (device, number)
        );
        ALTER TABLE upstream ADD COLUMN sessions TEXT NOT NULL DEFAULT '{"epoch":"","revision":0}';

        CREATE TRIGGER session_made AFTER INSERT ON lorawanSession
            WHEN new.shape IS NOT NULL AND EXISTS (SELECT 1 FROM upstream) BEGIN
            DELETE FROM sessionChange WHERE device = new.device AND number = new.number;
            INSERT INTO sessionChange (device, number) VALUES (new.device, new.number);
        END;
        CREATE TRIGGER session_changed AFTER UPDATE OF shape, reserved ON lorawanSession
            WHEN EXISTS (SELECT 1 FROM upstream) AND (new.shape IS NOT old.shape
                OR new.reserved > old.reserved AND EXISTS (SELECT 1 FROM sharedSession
                    WHERE device = new.device AND number = new.number AND ceiling < new.reserved + 256)) BEGIN
            DELETE FROM sessionChange WHERE device = new.device AND number = new.number;
            INSERT INTO sessionChange (device, number) VALUES (new.device, new.number);
        END;
        CREATE TRIGGER session_ended AFTER DELETE ON lorawanSession BEGIN
            DELETE FROM sessionChange WHERE device = old.device AND number = old.number;
            DELETE FROM sharedSession WHERE device = old.device AND number = old.number;
        END;
        CREATE TRIGGER device_ended AFTER UPDATE OF deleted_at ON device WHEN new.deleted_at IS NOT NULL BEGIN
            DELETE FROM sharedJoin WHERE device = new.key;
        END;
        CREATE TRIGGER upstream_added AFTER INSERT ON upstream BEGIN
            INSERT OR IGNORE INTO sessionChange (device, number)
                SELECT device, number FROM lorawanSession WHERE shape IS NOT NULL;
        END;
        """

    private static let there = """
        CREATE TABLE groupSession (
            key INTEGER PRIMARY KEY,
            revision INTEGER NOT NULL UNIQUE,
            organization INTEGER NOT NULL REFERENCES organization(key),
            dev_eui INTEGER NOT NULL,
            dev_addr INTEGER NOT NULL,
            sender TEXT NOT NULL,
            sender_epoch TEXT NOT NULL,
            central_epoch BLOB NOT NULL,
            number INTEGER NOT NULL,
            shape INTEGER NOT NULL,
            ceiling INTEGER NOT NULL,
            last_uplink INTEGER,
            sealed BLOB NOT NULL,
            UNIQUE (organization, dev_eui, dev_addr)
        );
        CREATE INDEX group_session_by_organization ON groupSession(organization, revision);
        """
}
