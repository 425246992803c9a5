/// People: accounts, who belongs where, invitations, the letters that go with them, and the audit
/// log of what everybody did.
extension Schema {
    static let accounts = Migration(name: "4 accounts", statements: [organizations, people, auditLog])

    private static let organizations = """
        ALTER TABLE organization ADD COLUMN street TEXT;
        ALTER TABLE organization ADD COLUMN second_line TEXT;
        ALTER TABLE organization ADD COLUMN city TEXT;
        ALTER TABLE organization ADD COLUMN state TEXT;
        ALTER TABLE organization ADD COLUMN postal_code TEXT;
        ALTER TABLE organization ADD COLUMN country TEXT;
        ALTER TABLE organization ADD COLUMN contact_email TEXT;
        ALTER TABLE organization ADD COLUMN contact_phone TEXT;
        ALTER TABLE organization ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';
        ALTER TABLE organization ADD COLUMN plan TEXT NOT NULL DEFAULT 'edge';
        """

    /// A credential with an account is a session; one without is an API key. `state` of an
    /// invitation: 0 pending, 1 accepted, 2 revoked, 3 expired. `state` of a letter: 0 queued.
    private static let people = """
        CREATE TABLE account (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            email TEXT NOT NULL,
            email_folded TEXT NOT NULL UNIQUE,
            first_name TEXT NOT NULL,
            last_name TEXT NOT NULL,
            password_hash TEXT NOT NULL,
            created_at INTEGER NOT NULL
        );

        CREATE TABLE membership (
            organization INTEGER NOT NULL REFERENCES organization(key),
            account INTEGER NOT NULL REFERENCES account(key),
            role TEXT NOT NULL CHECK (role IN ('admin', 'member')),
            added_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            last_login_at INTEGER,
            PRIMARY KEY (organization, account)
        ) WITHOUT ROWID;
        CREATE INDEX membership_by_account ON membership(account, added_at);

        ALTER TABLE credential ADD COLUMN account INTEGER REFERENCES account(key);
        CREATE INDEX credential_by_account ON credential(account) WHERE account IS NOT NULL;

        CREATE TABLE invitation (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            organization INTEGER NOT NULL REFERENCES organization(key),
            email TEXT NOT NULL,
            email_folded TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('admin', 'member')),
            message TEXT,
            invited_by TEXT,
            token_hash BLOB UNIQUE,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            state INTEGER NOT NULL DEFAULT 0,
            ended_at INTEGER
        );
        CREATE UNIQUE INDEX invitation_pending ON invitation(organization, email_folded) WHERE state = 0;

        CREATE TABLE mail (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            invitation INTEGER UNIQUE REFERENCES invitation(key),
            recipient TEXT NOT NULL,
            subject TEXT NOT NULL,
            sealed_body BLOB NOT NULL,
            state INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL
        );
        """

    /// A chain: each row's hash covers the hash before it. `auditHead` has the ends: what was
    /// dropped at the beginning, and the last row. Rows are only ever added; what goes, goes after
    /// `dropped_through` was moved over it.
    private static let auditLog = """
        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            organization TEXT,
            initiator TEXT NOT NULL,
            initiator_id TEXT,
            action TEXT NOT NULL,
            object TEXT,
            detail TEXT,
            address TEXT,
            request_id TEXT,
            hash BLOB NOT NULL
        );
        CREATE INDEX audit_by_organization ON audit(organization, sequence);

        CREATE TABLE auditHead (
            key INTEGER PRIMARY KEY CHECK (key = 1),
            dropped_through INTEGER NOT NULL,
            dropped_hash BLOB NOT NULL,
            last_sequence INTEGER NOT NULL,
            last_hash BLOB NOT NULL
        );
        INSERT INTO auditHead VALUES (1, 0, zeroblob(32), 0, zeroblob(32));

        CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit BEGIN
            SELECT RAISE(ABORT, 'the audit log is only ever added to');
        END;
        CREATE TRIGGER audit_kept BEFORE DELETE ON audit
            WHEN old.sequence > (SELECT dropped_through FROM auditHead) BEGIN
            SELECT RAISE(ABORT, 'the audit log is only ever added to');
        END;
        """
}
