import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes
import NIOCore

/// Usage, invoices, and what they follow from.
struct BillingRoutes {
    let core: EdgeCore

    var routes: [Route] {
        [usage, invoices, document, activeDevices, subscription, paymentMethods].about("Billing")
    }

    private static let access = Route.Access.permitted(Permission(.billing, .read))
    private static let periods = "Periods are in UTC."

    private var usage: Route {
        Route(
            .get, "/api/org/{org_id}/billing/usage", "/v1/org/{org_id}/billing/usage",
            access: Self.access, summary: "Active devices and packets by day and by month",
            description: "A device is active when it sent at least one packet. \(Self.periods)",
            parameters: UsageRequest.parameters,
            responses: [
                .init(200, "Each day of the range", UsageView.schema.example(BillingExamples.usage))
            ] + CommonResponses.errors(400)
        ) { [core] call in
            let request = try UsageRequest(call.query)
            let usage = try await core.billing.usage(
                call.organization, from: request.start, to: request.end)
            let view = UsageView(usage: usage, shape: Shape(call))
            return .json(size: 192 * usage.days.count) { view.write(to: &$0) }
        }
    }

    private var invoices: Route {
        Route(
            .get, "/api/org/{org_id}/billing/invoices", "/v1/org/{org_id}/billing/invoices",
            access: Self.access, summary: "List invoices, newest first",
            description: "The running month is a draft. \(Self.periods)",
            parameters: [
                Parameter(
                    "limit", .integer(minimum: 1),
                    "12 by default; more than \(Billing.invoiceLimit) counts as \(Billing.invoiceLimit)")
            ],
            responses: [
                .init(
                    200, "Invoices",
                    .whole([
                        .init("invoices", .array(InvoiceView.schema, maximum: Billing.invoiceLimit))
                    ]).example(BillingExamples.invoices))
            ] + CommonResponses.errors(400)
        ) { [core] call in
            let limit = try call.query.integer("limit", minimum: 1, maximum: Billing.invoiceLimit) ?? 12
            let invoices = try await core.billing.invoices(call.organization, limit: limit)
            let shape = Shape(call)
            return .json(size: 512 * (invoices.count + 1)) { json in
                json.object { json in
                    json.array("invoices", invoices) { InvoiceView(invoice: $1, shape: shape).write(to: &$0) }
                }
            }
        }
    }

    private var document: Route {
        Route(
            .get, "/api/org/{org_id}/billing/invoices/{invoice_id}/pdf",
            "/v1/org/{org_id}/billing/invoices/{invoice_id}/pdf",
            access: Self.access, summary: "An invoice as PDF",
            responses: [
                .init(200, "The document", .string(format: "binary"), contentType: "application/pdf")
            ] + CommonResponses.errors(404)
        ) { [core] call in
            let (invoice, bytes) = try await core.billing.document(
                call.parameter("invoice_id"), call.organization)
            var reply = Reply.bytes(ByteBuffer(bytes: bytes), contentType: "application/pdf")
            let name = invoice.number ?? "draft-\(invoice.month)"
            reply.headers[.contentDisposition] = "attachment; filename=\"\(name).pdf\""
            return reply
        }
    }

    // MARK: What they follow from

    private static let listName = "active devices"

    /// Where the next page begins, as its token carries it.
    private struct Place: Codable {
        var after: Int64
        var limit: Int
    }

    private var activeDevices: Route {
        Route(
            .get, "/api/org/{org_id}/billing/active-devices", "/v1/org/{org_id}/billing/active-devices",
            access: Self.access, summary: "List the devices that are active in the running month",
            description: "A Continuation-Token header in the response leads to more. \(Self.periods)",
            parameters: [
                Parameter(
                    "limit", .integer(minimum: 1),
                    "250 by default; more than \(ActiveDevicesView.limit) counts as \(ActiveDevicesView.limit)"
                ),
                Parameter(
                    "network_type", .string(values: ["terrestrial", "satellite"]),
                    "What a gateway hears is terrestrial"),
                Parameter("Continuation-Token", .text, "From the page before", in: .header),
            ],
            responses: [
                .init(200, "One page", ActiveDevicesView.schema.example(BillingExamples.activeDevices))
            ] + CommonResponses.errors(400)
        ) { [core] call in
            let organization = try call.organization
            let place = try call.continuationToken.map {
                try core.tokens.open($0, as: Place.self, list: Self.listName, organization: organization)
            }
            let limit =
                try place?.limit ?? call.query.integer("limit", minimum: 1, maximum: ActiveDevicesView.limit)
                ?? 250
            let network = try call.query.choice("network_type", ActiveDevicesView.Network.self)
            let page: (devices: [ActiveDevice], next: Int64?) =
                network == .satellite
                ? ([], nil)
                : try await core.billing.activeDevices(organization, after: place?.after ?? 0, limit: limit)
            var headers = HTTPFields()
            if let next = page.next {
                headers[.continuationToken] = try core.tokens.make(
                    Place(after: next, limit: limit), list: Self.listName, organization: organization)
            }
            let view = ActiveDevicesView(devices: page.devices, month: core.billing.runningMonth)
            return .json(headers: headers, size: 128 * (page.devices.count + 1)) { view.write(to: &$0) }
        }
    }

    private var subscription: Route {
        Route(
            .get, "/api/org/{org_id}/billing/subscription", "/v1/org/{org_id}/billing/subscription",
            access: Self.access, summary: "The tariff, and the month that is billed by it",
            description: "Times are microseconds since 1970.",
            responses: [
                .init(200, "The tariff", SubscriptionView.schema.example(BillingExamples.subscription))
            ] + CommonResponses.errors()
        ) { [core] call in
            let view = SubscriptionView(tariff: core.billing.tariff, month: core.billing.runningMonth)
            return .json { view.write(to: &$0) }
        }
    }

    private var paymentMethods: Route {
        Route(
            .get, "/api/org/{org_id}/billing/payment-method", "/v1/org/{org_id}/billing/payment-method",
            access: Self.access, summary: "Saved cards: a gateway keeps none",
            description: "Invoices are paid elsewhere and marked as paid at the machine.",
            responses: [
                .init(
                    200, "No cards",
                    .whole([
                        .init("payment_methods", .array(.any, maximum: 0)),
                        .init("default_payment_method_id", .nullable(.text)),
                    ]).example(BillingExamples.paymentMethods))
            ] + CommonResponses.errors()
        ) { _ in
            .json { json in
                json.object { json in
                    json.array("payment_methods", EmptyCollection<Never>()) { _, _ in }
                    json.field("default_payment_method_id", nil as String?)
                }
            }
        }
    }
}

/// The days that a request for usage asks for, counted from 1970.
struct UsageRequest {
    let start: Int64?
    let end: Int64?

    static let parameters = [
        Parameter("start_date", .string(format: "date"), "By default the first of the month of end_date"),
        Parameter(
            "end_date", .string(format: "date"),
            "Included; today by default. At most \(Usage.dayLimit) days"),
    ]

    init(_ query: Query) throws {
        start = try Self.day("start_date", query)
        end = try Self.day("end_date", query)
    }

    private static func day(_ name: String, _ query: Query) throws -> Int64? {
        guard let text = query[name], !text.isEmpty else { return nil }
        guard text.utf8.count == 10, let time = TimeText.parse(text), time.seconds % 86_400 == 0,
            CivilTime(time).dateText == text
        else { throw EdgeError.invalid("\(name): a date such as 2024-01-31 is expected") }
        return time.day
    }
}
