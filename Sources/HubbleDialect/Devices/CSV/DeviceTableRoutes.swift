import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes
import NIOCore

/// All devices as one table, out and in.
struct DeviceTableRoutes {
    let core: EdgeCore

    var routes: [Route] { [export, importTable].about("Devices") }

    private static let bodyLimit = 8 << 20
    private static let pageLength = 500
    private static let csv = "text/csv"

    private var export: Route {
        Route(
            .get, "/api/org/{org_id}/devices/export", "/v1/org/{org_id}/devices/export",
            access: .permitted(Permission(.devices, .read)), summary: "Export devices",
            description: """
                All devices as CSV (RFC 4180), a column for each custom tag. What a spreadsheet would take \
                for a formula has an apostrophe in front. Keys are among it only when they are asked for, by \
                a caller who may write devices and API keys; the audit log has that.
                """,
            parameters: [Parameter("include_keys", .boolean, "Device keys in hexadecimal")],
            responses: [.init(200, "The table", .text, contentType: Self.csv)] + CommonResponses.errors()
        ) { [core] call in
            let withKeys = try call.query.boolean("include_keys") ?? false
            if withKeys { try await core.devices.noteExport(ofKeysTo: call.principal) }
            let organization = try call.organization
            let table = try await Self.table(core, organization)
            let columns = DeviceTable.Column.open + (withKeys ? DeviceTable.Column.secret : [])
            let tags = try await core.devices.tagNames(
                in: organization, limit: CSVText.columnLimit - columns.count
            ).filter { $0 != Device.joinEUITag }
            var headers = HTTPFields()
            headers[.contentDisposition] = "attachment; filename=\"devices.csv\""
            headers[.cacheControl] = "no-store"
            return .pieces(contentType: "\(Self.csv); charset=utf-8", headers: headers) { write in
                let names = columns.map(\.rawValue) + tags.map { DeviceTable.tagPrefix + $0 }
                var query = DeviceQuery(organization: organization, limit: Self.pageLength)
                var text = CSVText.line(names)
                repeat {
                    let page = try await core.devices.list(query)
                    for device in page.devices {
                        text += CSVText.line(table.cells(of: device, columns, tags: tags))
                    }
                    try await write(ByteBuffer(string: text))
                    text = ""
                    query.after = page.next
                } while query.after != nil
            }
        }
    }

    private static func table(_ core: EdgeCore, _ organization: OrganizationID) async throws -> DeviceTable {
        DeviceTable(
            profiles: try await core.deviceProfiles.list(organization),
            codecs: try await core.codecs.list(organization))
    }

    private var importTable: Route {
        let line = Schema.whole([
            .init("line", .integer(minimum: 1)), .init("dev_eui", .nullable(.text)),
            .init("result", .string(values: ["created", "updated", "unchanged", "error"])),
            .init("device_id", .nullable(.text)), .init("error", .nullable(.text)),
        ])
        return Route(
            .post, "/api/org/{org_id}/devices/import", "/v1/org/{org_id}/devices/import",
            access: .permitted(Permission(.devices, .write)), summary: "Import devices",
            description: """
                A table as the export makes it: a line of column names, then a device a line. A DevEUI that \
                is there is changed, one that is not is registered; cells that are empty change nothing. At \
                most \(Devices.importLimit) lines and 8 MiB. Try it with dry_run=true first: the report is \
                the same, and nothing is written.
                """,
            parameters: [Parameter("dry_run", .boolean, "Only the report")],
            request: .text, requestType: Self.csv,
            responses: [
                .init(
                    200, "What became of each line",
                    .whole([
                        .init("dry_run", .boolean), .init("created", .integer(minimum: 0)),
                        .init("updated", .integer(minimum: 0)), .init("unchanged", .integer(minimum: 0)),
                        .init("failed", .integer(minimum: 0)),
                        .init("lines", .array(line, maximum: Devices.importLimit)),
                    ]).example(DeviceExamples.imported))
            ] + CommonResponses.errors(400, 413, 507)
        ) { [core] call in
            guard call.body.readableBytes <= Self.bodyLimit else {
                throw EdgeError(.tooLarge, "The table is larger than 8 MiB")
            }
            let isTrial = try call.query.boolean("dry_run") ?? false
            let lines = try Self.lines(call.body)
            let headings = try DeviceTable.headings(lines[0].cells)
            let table = try await Self.table(core, call.organization)
            let rows = lines.dropFirst().map { line in
                Self.result { try table.row(line.cells, under: headings) }
            }
            let outcomes = try await core.devices.importRows(
                rows, isTrial: isTrial, in: call.organization, by: call.origin)
            let place = headings.firstIndex(of: .column(.devEUI)) ?? 0
            let report = ImportReport(
                isTrial: isTrial,
                lines: zip(lines.dropFirst(), outcomes).map { line, outcome in
                    ImportReport.Line(
                        number: line.number,
                        devEUI: line.cells.indices.contains(place) ? line.cells[place] : nil,
                        outcome: outcome)
                })
            return .json(size: 160 * outcomes.count + 256) { report.write(to: &$0) }
        }
    }

    /// At least the one with the names.
    private static func lines(_ body: ByteBuffer) throws -> [CSVText.Line] {
        do throws(CSVText.Fault) {
            let lines = try CSVText.lines(Array(body.readableBytesView), limit: Devices.importLimit + 1)
            if !lines.isEmpty { return lines }
        } catch {
            throw EdgeError.invalid("line \(error.line): \(error.reason)")
        }
        throw EdgeError.invalid("The table is empty")
    }

    private static func result(_ body: () throws -> Devices.ImportRow) -> Result<Devices.ImportRow, EdgeError>
    {
        do {
            return .success(try body())
        } catch {
            return .failure(
                error as? EdgeError ?? EdgeError(.internal, "the line could not be read", cause: error))
        }
    }
}

/// What became of the lines of an import, as it is shown.
struct ImportReport {
    struct Line {
        var number: Int
        var devEUI: String?
        var outcome: Devices.ImportOutcome
    }

    let isTrial: Bool
    let lines: [Line]

    func write(to json: inout JSONWriter) {
        var counts: [String: Int] = [:]
        for line in lines { counts[line.result, default: 0] += 1 }
        json.object { json in
            json.field("dry_run", isTrial)
            json.field("created", counts["created"] ?? 0)
            json.field("updated", counts["updated"] ?? 0)
            json.field("unchanged", counts["unchanged"] ?? 0)
            json.field("failed", counts["error"] ?? 0)
            json.array("lines", lines) { json, line in
                json.object { json in
                    json.field("line", line.number)
                    json.field("dev_eui", line.devEUI)
                    json.field("result", line.result)
                    json.field("device_id", line.device)
                    json.field("error", line.error)
                }
            }
        }
    }
}

extension ImportReport.Line {
    fileprivate var result: String {
        switch outcome {
        case .created: "created"
        case .updated: "updated"
        case .unchanged: "unchanged"
        case .failed: "error"
        }
    }

    /// Nil for one that is not there yet.
    fileprivate var device: String? {
        switch outcome {
        case .created(let id): id?.rawValue
        case .updated(let id), .unchanged(let id): id.rawValue
        case .failed: nil
        }
    }

    fileprivate var error: String? {
        if case .failed(let error) = outcome { error.message } else { nil }
    }
}
