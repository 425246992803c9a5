import EdgeCore
import EdgeHTTP
import EdgeModel

extension KeyedDecodingContainer {
    /// Nil when the member is not there, `.some(nil)` when it is null.
    func text(_ key: Key) throws -> String?? {
        contains(key) ? .some(try decodeNil(forKey: key) ? nil : decode(String.self, forKey: key)) : nil
    }
}

/// An address in either shape: the members do not collide, but for the country.
struct AddressBody: Decodable {
    let street: String??
    let secondLine: String??
    let city: String??
    let state: String??
    let postalCode: String??
    let country: String??

    private enum CodingKeys: String, CodingKey {
        case street, city, state, country
        case streetAddress = "street_address"
        case secondLine = "street_address_line_two"
        case postalCode = "postal_code"
    }

    private static let line = Schema.nullable(.characters(0...OrganizationProfiles.lineLimit))
    private static let place = Schema.nullable(.characters(0...OrganizationProfiles.placeLimit))
    static let schema = Schema.object([
        .init("street", line), .init("street_address", line), .init("street_address_line_two", line),
        .init("city", place), .init("state", place), .init("postal_code", .nullable(.characters(0...32))),
        .init(
            "country", .oneOf([place, .integer(minimum: 1, maximum: 999)]),
            "A name, or a number of ISO 3166-1"),
    ])

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        street = try fields.text(.streetAddress) ?? fields.text(.street)
        secondLine = try fields.text(.secondLine)
        city = try fields.text(.city)
        state = try fields.text(.state)
        postalCode = try fields.text(.postalCode)
        if let number = try? fields.decode(Int.self, forKey: .country) {
            guard let letters = CountryCode.letters(of: number) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .country, in: fields, debugDescription: "a number of ISO 3166-1 is expected")
            }
            country = letters
        } else {
            country = try fields.text(.country)
        }
    }
}

/// How to reach an organization, in either shape.
struct ContactBody: Decodable {
    let email: String??
    let phone: String??

    private enum CodingKeys: String, CodingKey {
        case email, phone, phoneNumber
    }

    static let schema = Schema.object([
        .init("email", .nullable(.characters(0...254))), .init("phone", .nullable(.characters(0...64))),
        .init("phoneNumber", .nullable(.characters(0...64))),
    ])

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        email = try fields.text(.email)
        phone = try fields.text(.phoneNumber) ?? fields.text(.phone)
    }
}

/// What a client sends to change an organization.
struct OrganizationBody: Decodable {
    let name: String?
    let timezone: String?
    let address: AddressBody?
    let contact: ContactBody?
    let setName: String?
    let setTimezone: String?
    let setAddress: AddressBody?
    let setContactInfo: ContactBody?

    enum CodingKeys: String, CodingKey {
        case name, timezone, address, contact
        case setName = "set_name"
        case setTimezone = "set_timezone"
        case setAddress = "set_address"
        case setContactInfo = "set_contact_info"
    }

    private static let name = Schema.characters(1...OrganizationProfiles.nameLimit)
    private static let zone = Schema.characters(1...64).example(#""Europe/Berlin""#)
    static let schema = Schema.object([
        .init("name", name), .init("address", AddressBody.schema), .init("contact", ContactBody.schema),
        .init("timezone", zone, "A name of the IANA database"), .init("set_name", name),
        .init("set_address", AddressBody.schema), .init("set_contact_info", ContactBody.schema),
        .init("set_timezone", zone),
    ])

    var change: OrganizationProfiles.Change {
        var change = OrganizationProfiles.Change()
        change.name = setName ?? name
        change.timeZone = setTimezone ?? timezone
        if let address = setAddress ?? address {
            change.street = address.street
            change.secondLine = address.secondLine
            change.city = address.city
            change.state = address.state
            change.postalCode = address.postalCode
            change.country = address.country
        }
        if let contact = setContactInfo ?? contact {
            change.contactEmail = contact.email
            change.contactPhone = contact.phone
        }
        return change
    }
}

/// An organization in both shapes at once. The country is text in the one and a number in the other.
struct OrganizationView {
    let organization: Organization
    let shape: Shape

    private static let address = Schema.object([
        .init("street", .nullable(.text)), .init("city", .nullable(.text)), .init("state", .nullable(.text)),
        .init("postal_code", .nullable(.text)), .init("country", .nullable(.any)),
        .init("street_address", .nullable(.text)), .init("street_address_line_two", .nullable(.text)),
    ])
    static let schema = Schema.object(
        [
            .init(
                "organization",
                .object([
                    .init("id", .text), .init("name", .text), .init("address", address),
                    .init("contact", ContactBody.schema), .init("timezone", .text),
                    .init("created_at", .oneOf([.time, .integer()])), .init("plan", .text),
                ])),
            .init("name", .text), .init("org_id", .text), .init("contact_info", ContactBody.schema),
            .init("address", address), .init("timezone", .text), .init("org_type", .text),
        ], required: ["organization", "name", "org_id"])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.object("organization") { json in
                json.field("id", organization.id.rawValue)
                json.field("name", organization.name)
                writeAddress(to: &json)
                json.object("contact") {
                    $0.field("email", organization.contactEmail)
                    $0.field("phone", organization.contactPhone)
                }
                json.field("timezone", organization.timeZone)
                json.field("created_at", organization.createdAt, shape)
                json.field("plan", organization.plan)
            }
            json.field("name", organization.name)
            json.field("org_id", organization.id.rawValue)
            json.object("contact_info") {
                $0.field("phoneNumber", organization.contactPhone)
                $0.field("email", organization.contactEmail)
            }
            writeAddress(to: &json)
            json.field("timezone", organization.timeZone)
            json.field("org_type", organization.plan)
        }
    }

    private func writeAddress(to json: inout JSONWriter) {
        let address = organization.address
        json.object("address") { json in
            json.field("street", address.street)
            json.field("city", address.city)
            json.field("state", address.state)
            json.field("postal_code", address.postalCode)
            switch shape {
            case .reference: json.field("country", address.country)
            case .official: json.field("country", address.country.flatMap(CountryCode.number(of:)))
            }
            json.field("street_address", address.street)
            json.field("street_address_line_two", address.secondLine)
        }
    }
}
