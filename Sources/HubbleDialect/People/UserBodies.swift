import EdgeCore
import EdgeHTTP
import EdgeModel

extension Role {
    static let schema = Schema.string(values: allCases.map(\.rawValue))

    /// Throws `invalid` for what is no role.
    static func checked(_ name: String) throws -> Role {
        guard let role = Role(rawValue: name) else {
            throw EdgeError.invalid("role: one of admin, member is expected")
        }
        return role
    }
}

/// Which page of people: `page` from 1 as the reference has it, `page_number` from 0 as the
/// official clients do.
struct PageRequest {
    let number: Int
    let size: Int
    let isOfficial: Bool

    static let parameters = [
        Parameter("page", .integer(minimum: 1), "From 1"),
        Parameter("per_page", .integer(minimum: 1), "50 by default; more than 100 counts as 100"),
        Parameter("page_number", .integer(minimum: 0), "From 0, official shape"),
        Parameter(
            "page_size", .integer(minimum: 1), "10 by default, official shape; more than 100 counts as 100"),
    ]

    private static let lastPage = 1_000_000

    init(_ query: Query) throws {
        isOfficial = query["page_number"] != nil || query["page_size"] != nil
        if isOfficial {
            number = try query.integer("page_number", minimum: 0, maximum: Self.lastPage) ?? 0
            size = try query.integer("page_size", minimum: 1, maximum: 100) ?? 10
        } else {
            number = try query.integer("page", minimum: 1, maximum: Self.lastPage) ?? 1
            size = try query.integer("per_page", minimum: 1, maximum: 100) ?? 50
        }
    }

    var offset: Int { (isOfficial ? number : number - 1) * size }

    func write(to json: inout JSONWriter) {
        json.field("page", isOfficial ? number + 1 : number)
        json.field("per_page", size)
        if isOfficial {
            json.field("page_number", number)
            json.field("page_size", size)
        }
    }
}

/// What a client sends to add a user.
struct AddUserBody: Decodable {
    let email: String
    let role: String

    static let schema = Schema.object(
        [.init("email", .string(format: "email")), .init("role", Role.schema)], required: ["email", "role"])
}

/// What a client sends to change a user.
struct UpdateUserBody: Decodable {
    let role: String?
    let name: String?
    let setRole: String?
    let setFirstName: String?
    let setLastName: String?

    enum CodingKeys: String, CodingKey {
        case role, name
        case setRole = "set_role"
        case setFirstName = "set_first_name"
        case setLastName = "set_last_name"
    }

    static let schema = Schema.object([
        .init("role", Role.schema), .init("name", .characters(1...Users.nameLimit)),
        .init("set_role", Role.schema), .init("set_first_name", .characters(0...Users.nameLimit)),
        .init("set_last_name", .characters(0...Users.nameLimit)),
    ])

    func change() throws -> Users.Change {
        var change = Users.Change()
        change.role = try (setRole ?? role).map(Role.checked)
        change.name = name
        change.firstName = setFirstName
        change.lastName = setLastName
        return change
    }
}

/// A user as it is shown.
struct UserView {
    let user: User
    let shape: Shape

    static let properties: [Schema.Property] = [
        .init("user_id", .text), .init("email", .string(format: "email")), .init("name", .text),
        .init("role", Role.schema), .init("status", .string(values: ["active"])),
        .init("last_login_at", .nullable(.time)), .init("created_at", .oneOf([.time, .integer()])),
        .init("added_at", .oneOf([.time, .integer()])), .init("updated_at", .oneOf([.time, .integer()])),
        .init("email_confirmed", .boolean), .init("first_name", .text), .init("last_name", .text),
        .init("last_active_at", .nullable(.integer())),
    ]
    static let schema = Schema.named(
        "User", .object(properties, required: ["user_id", "email", "role"]))
    /// `user`, and beside it the members that the official shape has.
    static let answerSchema = Schema.object([.init("user", schema)] + properties, required: ["user"])

    func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }

    func writeAnswer(to json: inout JSONWriter) {
        json.object { json in
            json.key("user")
            write(to: &json)
            writeMembers(to: &json)
        }
    }

    private func writeMembers(to json: inout JSONWriter) {
        json.field("user_id", user.account.rawValue)
        json.field("email", user.email.text)
        json.field("name", user.name.full)
        json.field("role", user.role.rawValue)
        // Who is a member is an active one.
        json.field("status", "active")
        json.field("last_login_at", user.lastLoginAt, shape)
        json.field("created_at", user.createdAt, shape)
        json.field("added_at", user.addedAt, shape)
        json.field("updated_at", user.updatedAt, shape)
        // An account is made by whoever had the link that was for this address, or at the machine.
        json.field("email_confirmed", true)
        json.field("first_name", user.name.first)
        json.field("last_name", user.name.last)
        json.field("last_active_at", user.lastLoginAt?.wholeSeconds)
    }
}
