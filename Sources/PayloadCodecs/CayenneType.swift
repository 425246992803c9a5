/// A data type of Cayenne LPP: its number, the IPSO object identifier less 3200.
///
/// Names are those of The Things Stack's formatter; those from 100 on beyond Cayenne's own are the ones
/// that the usual device libraries write.
struct CayenneType {
    struct Part {
        /// Nil for a type of one value.
        var name: String?
        var bytes: Int
        var isSigned: Bool
        /// What one unit is worth is one divided by this.
        var divisor: Double
    }

    let number: UInt8
    let name: String
    let parts: [Part]

    var length: Int { parts.reduce(0) { $0 + $1.bytes } }

    private init(
        _ number: UInt8, _ name: String, _ bytes: Int, _ divisor: Double = 1, signed: Bool = false,
        parts names: [String] = []
    ) {
        self.number = number
        self.name = name
        let whole = Part(name: nil, bytes: bytes, isSigned: signed, divisor: divisor)
        parts =
            names.isEmpty
            ? [whole]
            : names.map { Part(name: $0, bytes: bytes, isSigned: signed, divisor: divisor) }
    }

    private init(_ number: UInt8, _ name: String, parts: [Part]) {
        self.number = number
        self.name = name
        self.parts = parts
    }

    static let all: [CayenneType] = [
        CayenneType(0, "digital_in", 1),
        CayenneType(1, "digital_out", 1),
        CayenneType(2, "analog_in", 2, 100, signed: true),
        CayenneType(3, "analog_out", 2, 100, signed: true),
        CayenneType(100, "generic", 4),
        CayenneType(101, "luminosity", 2),
        CayenneType(102, "presence", 1),
        CayenneType(103, "temperature", 2, 10, signed: true),
        CayenneType(104, "relative_humidity", 1, 2),
        CayenneType(113, "accelerometer", 2, 1000, signed: true, parts: ["x", "y", "z"]),
        CayenneType(115, "barometric_pressure", 2, 10),
        CayenneType(116, "voltage", 2, 100),
        CayenneType(117, "current", 2, 1000),
        CayenneType(118, "frequency", 4),
        CayenneType(120, "percentage", 1),
        CayenneType(121, "altitude", 2, 1, signed: true),
        CayenneType(125, "concentration", 2),
        CayenneType(128, "power", 2),
        CayenneType(130, "distance", 4, 1000),
        CayenneType(131, "energy", 4, 1000),
        CayenneType(132, "direction", 2),
        CayenneType(133, "unix_time", 4),
        CayenneType(134, "gyrometer", 2, 100, signed: true, parts: ["x", "y", "z"]),
        CayenneType(135, "colour", 1, 1, parts: ["r", "g", "b"]),
        CayenneType(
            136, "gps",
            parts: [
                Part(name: "latitude", bytes: 3, isSigned: true, divisor: 10_000),
                Part(name: "longitude", bytes: 3, isSigned: true, divisor: 10_000),
                Part(name: "altitude", bytes: 3, isSigned: true, divisor: 100),
            ]),
        CayenneType(142, "switch", 1),
    ]

    static let byNumber: [UInt8: CayenneType] = all.reduce(into: [:]) { $0[$1.number] = $1 }
    static let byName: [String: CayenneType] = all.reduce(into: [:]) { $0[$1.name] = $1 }
}
