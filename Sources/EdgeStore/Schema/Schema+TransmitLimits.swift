/// What a device profile says of how much its devices may be on the air.
///
/// Null leaves a device as its region has it. `maximum_eirp` in dBm; the duty cycle is 1/2^n, 0 is none;
/// the periods of rejoin-requests are exponents of two, both or none.
extension Schema {
    static let transmitLimits = Migration(
        name: "14 transmitLimits",
        statements: [
            """
            ALTER TABLE deviceProfile ADD COLUMN uplink_dwell INTEGER;
            ALTER TABLE deviceProfile ADD COLUMN downlink_dwell INTEGER;
            ALTER TABLE deviceProfile ADD COLUMN maximum_eirp INTEGER;
            ALTER TABLE deviceProfile ADD COLUMN duty_cycle_exponent INTEGER NOT NULL DEFAULT 0
                CHECK (duty_cycle_exponent BETWEEN 0 AND 15);
            ALTER TABLE deviceProfile ADD COLUMN rejoin_time INTEGER CHECK (rejoin_time BETWEEN 0 AND 15);
            ALTER TABLE deviceProfile ADD COLUMN rejoin_count INTEGER CHECK (rejoin_count BETWEEN 0 AND 15);
            """
        ])
}
