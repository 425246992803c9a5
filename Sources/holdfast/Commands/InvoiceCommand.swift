import ArgumentParser
import EdgeCore
import EdgeModel

/// `holdfast invoice`: what organizations owe, at the machine itself.
struct InvoiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoice", abstract: "Invoices.",
        subcommands: [ListInvoices.self, PayInvoice.self, VoidInvoice.self])
}

/// `holdfast invoice list`.
struct ListInvoices: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List invoices, newest first. The gateway must not be running.")

    @OptionGroup var options: GatewayOptions

    func run() async throws {
        try await OfflineCore.run(options) { core in
            for organization in try await core.organizations() {
                for invoice in try await core.billing.invoices(organization, limit: Billing.invoiceLimit) {
                    let number = invoice.number ?? "-"
                    let due = CivilTime(invoice.dueAt).dateText
                    Terminal.say(
                        "\(number)  \(organization)  \(invoice.month)  \(invoice.total) "
                            + "\(invoice.tariff.currency)  \(invoice.status.rawValue)  due \(due)")
                }
            }
        }
    }
}

/// `holdfast invoice pay`.
struct PayInvoice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pay", abstract: "Mark an open invoice as paid. The gateway must not be running.")

    @OptionGroup var options: GatewayOptions
    @OptionGroup var choice: InvoiceChoice

    func run() async throws {
        try await choice.settle(options) { try await $0.pay($1, of: $2) }
    }
}

/// `holdfast invoice void`.
struct VoidInvoice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "void", abstract: "Cancel an open invoice. The gateway must not be running.")

    @OptionGroup var options: GatewayOptions
    @OptionGroup var choice: InvoiceChoice

    func run() async throws {
        try await choice.settle(options) { try await $0.cancel($1, of: $2) }
    }
}

/// Which invoice is meant.
struct InvoiceChoice: ParsableArguments {
    @Argument(help: "The number, as `holdfast invoice list` shows it.")
    var number: String

    @Option(help: "The organization; the oldest by default.")
    var organization: String?

    func settle(
        _ options: GatewayOptions, _ change: (Billing, String, OrganizationID) async throws -> Invoice
    ) async throws {
        try await OfflineCore.run(options) { core in
            let organizations = try await core.organizations()
            let chosen = organization.map(OrganizationID.init) ?? organizations.first
            guard let chosen, organizations.contains(chosen) else {
                throw ConfigurationError("there is no such organization; start the gateway once")
            }
            do {
                let settled = try await change(core.billing, number, chosen)
                Terminal.say("\(number)  \(settled.status.rawValue)")
            } catch let error as EdgeError {
                throw ConfigurationError(error.message)
            }
        }
    }
}
