/// What goes down to gateways beside devices.
///
/// On a central, `settingsChange` has one row for each thing that is or was shared, with the number of its
/// last change; triggers keep it, so that no change is missed. On a gateway, `centralItem` names what came
/// from a central: it is changed there, not here.
extension Schema {
    static let settings = Migration(
        name: "16 settings",
        statements: [changes, codecChanges, keyChanges, userChanges, webhookChanges, taken])

    private static let changes = """
        CREATE TABLE settingsChange (
            revision INTEGER PRIMARY KEY AUTOINCREMENT,
            organization INTEGER NOT NULL,
            kind TEXT NOT NULL,
            subject INTEGER NOT NULL,
            id TEXT NOT NULL,
            UNIQUE (kind, subject, organization)
        );
        CREATE INDEX settings_change_by_organization ON settingsChange(organization, revision);
        INSERT INTO settingsChange (organization, kind, subject, id)
            SELECT key, 'organization', key, id FROM organization;
        INSERT INTO settingsChange (organization, kind, subject, id)
            SELECT organization, 'codec', key, id FROM codec;
        INSERT INTO settingsChange (organization, kind, subject, id)
            SELECT organization, 'profile', key, id FROM deviceProfile;
        INSERT INTO settingsChange (organization, kind, subject, id)
            SELECT organization, 'key', key, id FROM credential WHERE account IS NULL;
        INSERT INTO settingsChange (organization, kind, subject, id)
            SELECT m.organization, 'user', a.key, a.id FROM membership m JOIN account a ON a.key = m.account;

        CREATE TRIGGER organization_made AFTER INSERT ON organization BEGIN
            \(change("new.key", "organization", "new.key", "new.id"))
        END;
        CREATE TRIGGER organization_changed AFTER UPDATE OF name, street, second_line, city, state, postal_code,
            country, contact_email, contact_phone, time_zone, plan ON organization BEGIN
            \(change("new.key", "organization", "new.key", "new.id"))
        END;
        """

    private static let codecChanges = """
        CREATE TRIGGER codec_made AFTER INSERT ON codec BEGIN
            \(change("new.organization", "codec", "new.key", "new.id"))
        END;
        CREATE TRIGGER codec_changed AFTER UPDATE ON codec BEGIN
            \(change("new.organization", "codec", "new.key", "new.id"))
        END;
        CREATE TRIGGER codec_removed AFTER DELETE ON codec BEGIN
            \(change("old.organization", "codec", "old.key", "old.id"))
        END;
        CREATE TRIGGER device_profile_made AFTER INSERT ON deviceProfile BEGIN
            \(change("new.organization", "profile", "new.key", "new.id"))
        END;
        CREATE TRIGGER device_profile_changed AFTER UPDATE ON deviceProfile BEGIN
            \(change("new.organization", "profile", "new.key", "new.id"))
        END;
        CREATE TRIGGER device_profile_removed AFTER DELETE ON deviceProfile BEGIN
            \(change("old.organization", "profile", "old.key", "old.id"))
        END;
        """

    /// Sessions of accounts are credentials too; they stay where they began.
    private static let keyChanges = """
        CREATE TRIGGER api_key_made AFTER INSERT ON credential WHEN new.account IS NULL BEGIN
            \(change("new.organization", "key", "new.key", "new.id"))
        END;
        CREATE TRIGGER api_key_changed AFTER UPDATE OF name, token_hash, scopes, permissions, metadata,
            expires_at, revoked_at ON credential WHEN new.account IS NULL BEGIN
            \(change("new.organization", "key", "new.key", "new.id"))
        END;
        """

    private static let userChanges = """
        CREATE TRIGGER membership_made AFTER INSERT ON membership BEGIN
            \(change("new.organization", "user", "new.account",
                "(SELECT id FROM account WHERE key = new.account)"))
        END;
        CREATE TRIGGER membership_changed AFTER UPDATE OF role ON membership BEGIN
            \(change("new.organization", "user", "new.account",
                "(SELECT id FROM account WHERE key = new.account)"))
        END;
        CREATE TRIGGER membership_removed AFTER DELETE ON membership BEGIN
            \(change("old.organization", "user", "old.account",
                "(SELECT id FROM account WHERE key = old.account)"))
        END;
        CREATE TRIGGER account_changed AFTER UPDATE OF id, email, first_name, last_name, password_hash ON account
        BEGIN
            DELETE FROM settingsChange WHERE kind = 'user' AND subject = new.key;
            INSERT INTO settingsChange (organization, kind, subject, id)
                SELECT organization, 'user', new.key, new.id FROM membership WHERE account = new.key;
        END;
        """

    /// `run_at`: `here` is the machine that it was made at, `gateways` are those that are enrolled there.
    private static let webhookChanges = """
        ALTER TABLE webhook ADD COLUMN run_at TEXT NOT NULL DEFAULT 'here'
            CHECK (run_at IN ('here', 'gateways'));
        CREATE TRIGGER webhook_made AFTER INSERT ON webhook WHEN new.run_at = 'gateways' BEGIN
            \(change("new.organization", "webhook", "new.key", "new.id"))
        END;
        CREATE TRIGGER webhook_changed AFTER UPDATE OF name, url, max_batch_size, sealed_secret, shape, pause,
            events, run_at, deleted_at ON webhook WHEN 'gateways' IN (new.run_at, old.run_at) BEGIN
            \(change("new.organization", "webhook", "new.key", "new.id"))
        END;
        """

    private static let taken = """
        CREATE TABLE centralItem (
            kind TEXT NOT NULL,
            id TEXT NOT NULL,
            upstream INTEGER NOT NULL REFERENCES upstream(key) ON DELETE CASCADE,
            run INTEGER NOT NULL,
            PRIMARY KEY (kind, id)
        ) WITHOUT ROWID;
        CREATE INDEX central_item_by_upstream ON centralItem(upstream, run);
        ALTER TABLE upstream ADD COLUMN settings TEXT NOT NULL
            DEFAULT '{"epoch":"","revision":0,"run":0,"isWhole":false,"format":0}';
        """

    /// In two steps: what an upsert says of conflicts holds for the triggers that it fires, too.
    private static func change(_ organization: String, _ kind: String, _ subject: String, _ id: String)
        -> String
    {
        """
        DELETE FROM settingsChange
                WHERE kind = '\(kind)' AND subject = \(subject) AND organization = \(organization);
            INSERT INTO settingsChange (organization, kind, subject, id)
                VALUES (\(organization), '\(kind)', \(subject), \(id));
        """
    }
}
