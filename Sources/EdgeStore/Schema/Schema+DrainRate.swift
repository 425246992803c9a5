/// How many rows a second went up to an upstream of late; null before any did.
extension Schema {
    static let drainRate = Migration(
        name: "19 drain rate",
        statements: ["ALTER TABLE upstream ADD COLUMN rows_per_second REAL;"])
}
