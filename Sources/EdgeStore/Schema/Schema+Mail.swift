/// What became of letters. `state`: 0 queued, 1 sent, 2 given up; one that has ended says nothing any more.
extension Schema {
    static let mail = Migration(
        name: "15 mail",
        statements: [
            """
            ALTER TABLE mail ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE mail ADD COLUMN last_error TEXT;
            ALTER TABLE mail ADD COLUMN ended_at INTEGER;
            CREATE INDEX mail_waiting ON mail(attempts, key) WHERE state = 0;
            """
        ])
}
