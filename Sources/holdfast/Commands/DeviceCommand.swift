import ArgumentParser
import EdgeCore
import EdgeModel

/// `holdfast device`: the registry, at the machine itself.
struct DeviceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "Devices.", subcommands: [ListDevices.self])
}

/// `holdfast device list`.
struct ListDevices: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List devices. The gateway must not be running.")

    @OptionGroup var options: GatewayOptions

    func run() async throws {
        try await OfflineCore.run(options) { core in
            for organization in try await core.organizations() {
                var query = DeviceQuery(organization: organization, limit: 500)
                repeat {
                    let page = try await core.devices.list(query)
                    for device in page.devices {
                        Terminal.say(
                            "\(device.id)  \(device.devEUI)  \(device.platform.name)  \(device.name)")
                    }
                    query.after = page.next
                } while query.after != nil
            }
        }
    }
}
