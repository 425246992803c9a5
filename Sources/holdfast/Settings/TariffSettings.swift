import EdgeCore
import EdgeModel

extension SettingValues {
    /// The tariff that usage is billed by.
    func tariff() throws -> Tariff {
        let issuer = try self["billing.issuer"].split(separator: ";").map { part in
            try line("billing.issuer", String(part.drop { $0 == " " }), limit: 100)
        }
        guard issuer.count <= 6 else { throw ConfigurationError("billing.issuer: more than 6 parts") }
        return Tariff(
            tier: try line("billing.tier", self["billing.tier"], limit: 60),
            base: try price("billing.base"),
            includedDevices: try integer("billing.included_devices", 0...16_777_216),
            perDevice: try price("billing.per_device"), currency: try currency("billing.currency"),
            dueDays: try integer("billing.due_days", 0...365), issuer: issuer)
    }

    private func price(_ key: String) throws -> Money {
        guard let price = Money(price: self[key]) else {
            throw ConfigurationError(
                "\(key): '\(self[key])' is not an amount such as 12.50, at most \(Money.priceLimit)")
        }
        return price
    }

    private func currency(_ key: String) throws -> String {
        let code = self[key]
        guard code.utf8.count == 3, code.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw ConfigurationError("\(key): '\(code)' is not a code of three capital letters")
        }
        return code
    }

    private func line(_ key: String, _ text: String, limit: Int) throws -> String {
        do {
            return try TextRule(field: key, limit: limit, mayBeEmpty: true).check(text)
        } catch let error as EdgeError {
            throw ConfigurationError(error.message)
        }
    }
}
