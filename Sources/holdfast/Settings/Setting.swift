/// One thing that the operator may choose: `holdfast config` and the refusal of unknown keys are
/// made from this list.
struct Setting: Sendable {
    let key: String
    let standard: String
    let meaning: String

    /// `HOLDFAST_` and the key in capitals, dots as underscores.
    var environmentName: String {
        "HOLDFAST_" + key.map { $0 == "." ? "_" : $0.uppercased() }.joined()
    }

    /// Not for everybody who sees what is in force.
    var isSecret: Bool { key == "upstream.code" || key == "mail.password" }

    static let all: [Setting] = [
        Setting(
            key: "data", standard: "",
            meaning:
                "directory for everything the gateway keeps; /var/lib/holdfast as root, else ./holdfast-data"),
        Setting(
            key: "http", standard: "0.0.0.0:8080", meaning: "address of the API; port 0 picks a free one"),
        Setting(
            key: "lora", standard: "0.0.0.0:1700",
            meaning: "UDP address for LoRa packet forwarders, or off; port 0 picks a free one"),
        Setting(
            key: "ble", standard: "auto",
            meaning: "Bluetooth: auto, off, or a list of hciN, h4:HOST:PORT, h4:/path/to/socket"),
        Setting(
            key: "role", standard: "gateway",
            meaning: "gateway or central; a central has no radios unless they are named"),
        Setting(
            key: "host_name", standard: "",
            meaning: "name of this gateway in gateway identifiers; the machine's by default"),
        Setting(
            key: "organization", standard: "Holdfast",
            meaning: "name of the organization made at the first start"),
        Setting(key: "log.level", standard: "info", meaning: "trace, debug, info, notice, warning, error"),
        Setting(
            key: "http.rate_limits", standard: "on",
            meaning: "on or off; administrators' keys used on this machine are never limited"),
        Setting(
            key: "http.public_url", standard: "",
            meaning: "where links in letters lead; by default to where the caller found the gateway"),
        Setting(
            key: "http.client_tunnel", standard: "off",
            meaning:
                "on lets clients with the cloud's names built in come through HTTPS_PROXY; see hubble-env"),
        Setting(
            key: "lora.allowed_gateways", standard: "",
            meaning: "gateway EUIs to take, separated by commas; all by default"),
        Setting(
            key: "lora.region", standard: "eu868",
            meaning:
                "where LoRaWAN devices without a profile are: eu868, us915, au915, as923-1 … in865, kr920, cn470"
        ),
        Setting(
            key: "commit_seconds", standard: "60",
            meaning:
                "how long packets that nobody waits for stay in the journal before the database has them, 0 to 300"
        ),
        Setting(
            key: "hubble.window_days", standard: "2",
            meaning: "days around the reception in which ephemeral identifiers are looked for, 0 to 30"),
        Setting(
            key: "hubble.deduplication_seconds", standard: "300",
            meaning: "equal unencrypted messages within such a step are one packet, 5 to 3600"),
        Setting(
            key: "webhooks.https_only", standard: "off",
            meaning: "on refuses http for webhooks also within the own network"),
        Setting(
            key: "mail.host", standard: "",
            meaning: "SMTP server that letters are handed to; without one they wait"),
        Setting(
            key: "mail.port", standard: "0",
            meaning: "its port; 0 is 587 for starttls, 465 for implicit, 25 for off"),
        Setting(
            key: "mail.tls", standard: "starttls",
            meaning: "starttls, implicit, or off within the own network and without a login"),
        Setting(key: "mail.from", standard: "", meaning: "address that letters come from"),
        Setting(key: "mail.user", standard: "", meaning: "user to log in as; none by default"),
        Setting(key: "mail.password", standard: "", meaning: "the user's password"),
        Setting(
            key: "mail.password_file", standard: "",
            meaning: "file with the user's password on its first line, instead of mail.password"),
        Setting(
            key: "mail.ca_file", standard: "",
            meaning: "PEM of those who may vouch for the server, instead of whom the system trusts"),
        Setting(
            key: "upstream.url", standard: "",
            meaning: "central to enroll with and to send to: https, or http within the own network"),
        Setting(
            key: "upstream.code", standard: "",
            meaning: "the code for it that the central made, good for one gateway"),
        Setting(
            key: "upstream.pin", standard: "",
            meaning: "SHA-256 of the public key that the central must prove, 64 hexadecimal digits"),
        Setting(
            key: "upstream.bandwidth_kbit", standard: "0",
            meaning: "at most so many kilobits a second go to each central; 0 is no limit"),
        Setting(
            key: "alerts.gateway_silence_seconds", standard: "300",
            meaning: "a gateway that is silent for longer is an alert, 5 to 604800"),
        Setting(
            key: "retention.packet_days", standard: "365",
            meaning: "packets older than this are discarded, 1 to 36500"),
        Setting(
            key: "retention.database_mib", standard: "8192",
            meaning: "the database grows no larger than about this; the oldest packets go first"),
        Setting(
            key: "retention.raw_days", standard: "7",
            meaning: "frames that no key opens are kept this long, 0 to 7"),
        Setting(key: "retention.raw_frames", standard: "200000", meaning: "at most this many of them"),
        Setting(
            key: "billing.tier", standard: "",
            meaning: "name of the tariff that usage is billed by; without a tariff amounts are 0.00"),
        Setting(key: "billing.base", standard: "0.00", meaning: "price of a month, whatever is used"),
        Setting(
            key: "billing.included_devices", standard: "0", meaning: "active devices that the base pays for"),
        Setting(
            key: "billing.per_device", standard: "0.00",
            meaning: "price of a month for each active device beyond those"),
        Setting(key: "billing.currency", standard: "EUR", meaning: "three letters of ISO 4217"),
        Setting(
            key: "billing.due_days", standard: "15",
            meaning: "an invoice is due so many days after the last day of its month, 0 to 365"),
        Setting(
            key: "billing.issuer", standard: "",
            meaning: "who bills, as on invoices: name and address, at most 6 parts between semicolons"),
        Setting(
            key: "trial.clock_offset", standard: "0",
            meaning: "for trials of a wrong clock: seconds that the system's is taken to be behind or ahead"),
        Setting(
            key: "queue.sightings", standard: "16384",
            meaning: "sightings that may wait for the disk; what does not fit is dropped and counted"),
    ]
}
