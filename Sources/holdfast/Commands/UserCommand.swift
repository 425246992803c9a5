import ArgumentParser
import EdgeCore
import EdgeModel
import Foundation

/// `holdfast user`: people, at the machine itself.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "People who can log in.",
        subcommands: [AddUser.self, SetPassword.self, ListUsers.self])
}

/// `holdfast user add`: how the first person gets in.
struct AddUser: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a person to an organization. The gateway must not be running.",
        discussion: """
            Without a password file a password is made and shown once. Somebody who has an account \
            keeps its name and password.
            """)

    @OptionGroup var options: GatewayOptions

    @Option(help: "The e-mail address to log in with.")
    var email: String

    @Option(help: "The person's name.")
    var name: String

    @Option(help: "admin or member.")
    var role = "admin"

    @Option(help: "A file whose first line is the password.")
    var passwordFile: String?

    @Option(help: "The organization; the oldest by default.")
    var organization: String?

    func run() async throws {
        guard let role = Role(rawValue: role) else { throw Failure.configuration("role: admin or member") }
        let given = try passwordFile.map(GivenPassword.firstLine)
        let password = given ?? GivenPassword.fresh()
        try await OfflineCore.run(options) { core in
            let organizations = try await core.organizations()
            let chosen = organization.map(OrganizationID.init) ?? organizations.first
            guard let chosen, organizations.contains(chosen) else {
                throw ConfigurationError("there is no such organization; start the gateway once")
            }
            let created: (user: User, isNew: Bool)
            do {
                created = try await core.users.create(
                    email, name: name, password: password, as: role, in: chosen)
            } catch let error as EdgeError {
                throw ConfigurationError(error.message)
            }
            Terminal.say(
                "organization  \(chosen)\nuser          \(created.user.account)\nemail         \(email)")
            if given == nil, created.isNew { Terminal.say("password      \(password)") }
        }
    }
}

/// `holdfast user password`: the way back in for somebody who forgot it.
struct SetPassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password",
        abstract: "Give a person another password. The gateway must not be running.",
        discussion: "Ends the person's sessions. Without a password file a password is made and shown once.")

    @OptionGroup var options: GatewayOptions

    @Option(help: "The e-mail address to log in with.")
    var email: String

    @Option(help: "A file whose first line is the password.")
    var passwordFile: String?

    func run() async throws {
        let given = try passwordFile.map(GivenPassword.firstLine)
        let password = given ?? GivenPassword.fresh()
        try await OfflineCore.run(options) { core in
            do {
                try await core.users.setPassword(password, of: email)
            } catch let error as EdgeError {
                throw ConfigurationError(error.message)
            }
            if given == nil { Terminal.say("password      \(password)") }
        }
    }
}

/// A password for the command line to set.
enum GivenPassword {
    static func firstLine(of path: String) throws -> String {
        guard let file = FileHandle(forReadingAtPath: path), let data = try file.read(upToCount: 4_096),
            let line = String(data: data, encoding: .utf8)?.split(
                separator: "\n", omittingEmptySubsequences: false
            ).first
        else { throw Failure.configuration("the password file \(path) cannot be read") }
        return String(line.hasSuffix("\r") ? line.dropLast() : line)
    }

    /// 120 random bits, without the letters that are taken for others.
    static func fresh() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        return String((0..<24).map { _ in letters[Int.random(in: 0..<letters.count)] })
    }
}

/// `holdfast user list`.
struct ListUsers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List people. The gateway must not be running.")

    @OptionGroup var options: GatewayOptions

    func run() async throws {
        try await OfflineCore.run(options) { core in
            for organization in try await core.organizations() {
                var offset = 0
                while true {
                    let page = try await core.users.list(organization, offset: offset, limit: 500)
                    for user in page.users {
                        Terminal.say(
                            "\(user.account)  \(organization)  \(user.role.rawValue)  \(user.email)  \(user.name.full)"
                        )
                    }
                    offset += page.users.count
                    if page.users.isEmpty || offset >= page.total { break }
                }
            }
        }
    }
}
