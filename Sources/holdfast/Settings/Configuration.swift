import EdgeCore
import EdgeDelivery
import EdgeHTTP
import EdgeIngest
import EdgeModel
import EdgeRadio
import EdgeStore
import Glibc
import Logging

/// The settings in force, each checked and of its type. Read once, at the start.
struct Configuration {
    enum Role: String {
        case gateway, central
    }

    let dataDirectory: String
    let role: Role
    let hostName: String
    let organizationName: String
    let logLevel: Logger.Level
    let api: APIOptions
    /// Nil when LoRa is off.
    let forwarders: ForwarderOptions?
    let bluetooth: BluetoothSourceSelection
    let ingest: IngestOptions
    let retention: RetentionPolicy
    let queueCapacity: Int
    let destinations: DestinationRule
    let tariff: Tariff
    let hasClientTunnel: Bool
    /// For trials: what is added to the system's wall clock.
    let clockOffset: Duration
    /// Nil when no central is named.
    let upstream: UpstreamSettings?
    /// Nil where there is no limit.
    let upstreamBytesPerSecond: Int?
    let gatewaySilence: Duration
    /// Nil when no mail server is named.
    let mail: MailOptions?
    let letters: LetterOptions

    init(_ settings: [(setting: Setting, value: String, origin: String)]) throws {
        let values = SettingValues(settings)
        let role = try values.choice("role", Role.init(rawValue:), "gateway or central")
        let hasRadios = role == .gateway
        self.role = role
        // As a shell makes it of a variable that is not set.
        let isEmptyOption = settings.contains {
            $0.setting.key == "data" && $0.value.isEmpty && $0.origin == "command line"
        }
        guard !isEmptyOption else { throw ConfigurationError("data: --data is empty") }
        dataDirectory = values["data"].isEmpty ? Self.standardDataDirectory : values["data"]
        hostName = values["host_name"].isEmpty ? Self.machineName : try values.name("host_name")
        organizationName = try values.name("organization")
        logLevel = try values.choice("log.level", Logger.Level.init(rawValue:), "a level such as info")
        let http = try values.address("http")
        var api = APIOptions(host: http.host, port: http.port)
        api.enforcesRateLimits = try values.isOn("http.rate_limits")
        self.api = api
        forwarders =
            values["lora"] == "off" || (!hasRadios && values.isStandard("lora"))
            ? nil : try values.forwarders()
        let ble = !hasRadios && values.isStandard("ble") ? "off" : values["ble"]
        do {
            bluetooth = try BluetoothSourceSelection(parsing: ble)
        } catch {
            throw ConfigurationError("ble: \(error)")
        }
        var ingest = IngestOptions()
        ingest.windowDays = try values.integer("hubble.window_days", 0...30)
        ingest.deduplicationWindow = .seconds(try values.integer("hubble.deduplication_seconds", 5...3_600))
        ingest.region = try values.choice(
            "lora.region", LoRaWANProfile.Region.init(rawValue:),
            "a region such as eu868 or as923-1")
        ingest.commitInterval = max(
            CommitDemand.looking, .seconds(try values.integer("commit_seconds", 0...300)))
        self.ingest = ingest
        retention = RetentionPolicy(
            packetAge: .seconds(try values.integer("retention.packet_days", 1...36_500) * 86_400),
            databaseSize: Int64(try values.integer("retention.database_mib", 16...16_777_216)) * 1_048_576,
            rawFrameAge: .seconds(try values.integer("retention.raw_days", 0...7) * 86_400),
            rawFrames: try values.integer("retention.raw_frames", 0...10_000_000))
        queueCapacity = try values.integer("queue.sightings", 1_000...10_000_000)
        hasClientTunnel = try values.isOn("http.client_tunnel")
        destinations = DestinationRule(httpsOnly: try values.isOn("webhooks.https_only"))
        tariff = try values.tariff()
        clockOffset = .seconds(try values.integer("trial.clock_offset", -4_000_000_000...4_000_000_000))
        upstream = try values.upstream()
        upstreamBytesPerSecond = try values.upstreamBytesPerSecond()
        gatewaySilence = .seconds(try values.integer("alerts.gateway_silence_seconds", 5...604_800))
        mail = try values.mail()
        letters = LetterOptions(areSent: mail != nil, linkBase: try values.linkBase())
    }

    private static var standardDataDirectory: String {
        geteuid() == 0 ? "/var/lib/holdfast" : "./holdfast-data"
    }

    private static var machineName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "gateway" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Values by key, turned into types.
struct SettingValues {
    private let values: [String: String]
    private let standard: Set<String>

    init(_ settings: [(setting: Setting, value: String, origin: String)]) {
        values = Dictionary(uniqueKeysWithValues: settings.map { ($0.setting.key, $0.value) })
        standard = Set(settings.filter { $0.origin == "default" }.map(\.setting.key))
    }

    subscript(key: String) -> String { values[key] ?? "" }

    /// Nobody has chosen it.
    func isStandard(_ key: String) -> Bool { standard.contains(key) }

    func choice<Value>(_ key: String, _ parse: (String) -> Value?, _ expected: String) throws -> Value {
        guard let value = parse(self[key]) else {
            throw ConfigurationError("\(key): '\(self[key])' is not \(expected)")
        }
        return value
    }

    func integer(_ key: String, _ range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(self[key]), range.contains(number) else {
            throw ConfigurationError(
                "\(key): '\(self[key])' is not a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    func isOn(_ key: String) throws -> Bool {
        try choice(key, { ["on": true, "off": false, "true": true, "false": false][$0] }, "on or off")
    }

    /// `HOST:PORT`; an IPv6 address stands in brackets.
    func address(_ key: String) throws -> (host: String, port: Int) {
        let text = self[key]
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw ConfigurationError("\(key): '\(text)' is not HOST:PORT") }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, isBracketed || !host.contains(":") else {
            throw ConfigurationError("\(key): '\(text)' is not HOST:PORT")
        }
        return (String(host), port)
    }

    /// A text that people will read.
    func name(_ key: String) throws -> String {
        do {
            return try TextRule(field: key, limit: 250).check(self[key])
        } catch let error as EdgeError {
            throw ConfigurationError(error.message)
        }
    }

    func forwarders() throws -> ForwarderOptions {
        let (host, port) = try address("lora")
        let names = self["lora.allowed_gateways"].split(separator: ",").map { $0.filter { $0 != " " } }
        guard !self["lora.allowed_gateways"].isEmpty else { return ForwarderOptions(host: host, port: port) }
        // Or a comma alone would let everybody in.
        guard !names.isEmpty else { throw ConfigurationError("lora.allowed_gateways: no EUI is in it") }
        let gateways = try names.map { name in
            guard let eui = EUI64(name) else {
                throw ConfigurationError(
                    "lora.allowed_gateways: '\(name)' is not an EUI of 16 hexadecimal digits")
            }
            return eui
        }
        return ForwarderOptions(host: host, port: port, allowedGateways: Set(gateways))
    }
}
