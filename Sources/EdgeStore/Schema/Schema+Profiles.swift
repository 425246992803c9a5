/// What devices of one make have in common, and what their payloads mean.
///
/// Intervals in whole seconds, frequencies in hertz; `preset_frequencies` are parted by blanks. A
/// deleted device has neither profile nor codec.
extension Schema {
    static let profiles = Migration(name: "8 profiles", statements: [codecs, deviceProfiles, assignments])

    private static let codecs = """
        CREATE TABLE codec (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            organization INTEGER NOT NULL REFERENCES organization(key),
            name TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('cayenne_lpp', 'layout', 'javascript')),
            source TEXT NOT NULL,
            revision INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            UNIQUE (organization, name)
        );
        """

    private static let deviceProfiles = """
        CREATE TABLE deviceProfile (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            organization INTEGER NOT NULL REFERENCES organization(key),
            name TEXT NOT NULL,
            region TEXT NOT NULL,
            mac_version TEXT NOT NULL,
            regional_revision TEXT NOT NULL,
            device_class TEXT NOT NULL CHECK (device_class IN ('A', 'C')),
            rx1_delay INTEGER NOT NULL CHECK (rx1_delay BETWEEN 1 AND 15),
            rx1_offset INTEGER NOT NULL CHECK (rx1_offset BETWEEN 0 AND 7),
            rx2_data_rate INTEGER,
            rx2_frequency INTEGER,
            allows_counter_reset INTEGER NOT NULL,
            has_16_bit_counters INTEGER NOT NULL,
            preset_frequencies TEXT NOT NULL,
            adr_enabled INTEGER NOT NULL,
            adr_minimum INTEGER,
            adr_maximum INTEGER,
            adr_maximum_power INTEGER,
            adr_margin INTEGER NOT NULL,
            supports_join INTEGER NOT NULL,
            confirmed_tries INTEGER NOT NULL CHECK (confirmed_tries >= 1),
            status_interval INTEGER CHECK (status_interval > 0),
            expected_interval INTEGER CHECK (expected_interval > 0),
            missed_intervals INTEGER NOT NULL CHECK (missed_intervals >= 1),
            codec TEXT REFERENCES codec(id),
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            UNIQUE (organization, name)
        );
        CREATE INDEX device_profile_by_codec ON deviceProfile(codec) WHERE codec IS NOT NULL;
        """

    private static let assignments = """
        ALTER TABLE device ADD COLUMN profile TEXT REFERENCES deviceProfile(id);
        ALTER TABLE device ADD COLUMN codec TEXT REFERENCES codec(id);
        ALTER TABLE device ADD COLUMN expected_interval INTEGER CHECK (expected_interval > 0);
        CREATE INDEX device_by_profile ON device(profile) WHERE profile IS NOT NULL;
        CREATE INDEX device_by_codec ON device(codec) WHERE codec IS NOT NULL;
        """
}
