import EdgeDelivery
import EdgeModel
import FoundationEssentials

extension SettingValues {
    /// Nil when no mail server is named.
    func mail() throws -> MailOptions? {
        guard !self["mail.host"].isEmpty else { return nil }
        let security = try choice(
            "mail.tls", MailOptions.Security.init(rawValue:), "starttls, implicit or off")
        let port = try integer("mail.port", 0...65_535)
        let sender = try choice("mail.from", EmailAddress.init, "an e-mail address")
        return MailOptions(
            host: try mailHost(), port: port == 0 ? security.standardPort : port, security: security,
            login: try mailLogin(security), sender: sender, authorities: try mailAuthorities())
    }

    /// Nil for where callers find us.
    func linkBase() throws -> String? {
        let text = self["http.public_url"]
        guard !text.isEmpty else { return nil }
        guard let url = try? DestinationURL(text), url.target == "/" else {
            throw ConfigurationError("http.public_url: '\(text)' is not a URL of scheme, host and port")
        }
        return String(url.text.dropLast())
    }

    private func mailHost() throws -> DestinationURL.Host {
        let name = self["mail.host"]
        let isBare = name.contains(":") && !name.hasPrefix("[")
        guard !name.contains(where: { "/?#@".contains($0) }),
            let url = try? DestinationURL("https://" + (isBare ? "[\(name)]" : name)),
            isBare || !name.hasSuffix(":\(url.port)")
        else { throw ConfigurationError("mail.host: '\(name)' is not a host name or an address") }
        return url.host
    }

    private func mailLogin(_ security: MailOptions.Security) throws -> MailOptions.Login? {
        let (user, file) = (self["mail.user"], self["mail.password_file"])
        var password = Array(self["mail.password"].utf8)
        guard password.isEmpty || file.isEmpty else {
            throw ConfigurationError("mail.password and mail.password_file: one of them")
        }
        if !file.isEmpty {
            password = try contents("mail.password_file", file, limit: 1_024)
                .prefix { $0 != 0x0A && $0 != 0x0D }.map(\.self)
        }
        guard user.isEmpty == password.isEmpty else {
            throw ConfigurationError("mail.user: a user has a password, and a password a user")
        }
        guard !user.isEmpty else { return nil }
        guard security != .off else { throw ConfigurationError("mail.user: a login needs mail.tls") }
        // The parts of AUTH PLAIN are parted by NUL.
        guard user.utf8.count <= 255, password.count <= 255, !user.utf8.contains(0), !password.contains(0)
        else { throw ConfigurationError("mail.user: user and password have at most 255 bytes and no NUL") }
        return MailOptions.Login(user: user, password: SecretBytes(password))
    }

    private func mailAuthorities() throws -> [UInt8]? {
        let file = self["mail.ca_file"]
        guard !file.isEmpty else { return nil }
        let pem = try contents("mail.ca_file", file, limit: 1_048_576)
        guard String(decoding: pem, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----") else {
            throw ConfigurationError("mail.ca_file: '\(file)' has no certificate in PEM")
        }
        return pem
    }

    private func contents(_ key: String, _ path: String, limit: Int) throws -> [UInt8] {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw ConfigurationError("\(key): '\(path)' cannot be read")
        }
        guard data.count <= limit else { throw ConfigurationError("\(key): '\(path)' is too long") }
        return Array(data)
    }
}
