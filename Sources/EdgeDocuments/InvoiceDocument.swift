package import EdgeModel

/// An invoice on paper: A4, text that can be searched, as many pages as it needs.
package struct InvoiceDocument {
    private let invoice: Invoice

    package init(_ invoice: Invoice) { self.invoice = invoice }

    package func pdf() throws(PDFError) -> [UInt8] {
        let file = try PDFFile(title: title, createdAt: invoice.status == .draft ? nil : invoice.issuedAt)
        let sheet = Sheet(file)
        writeHead(sheet)
        writeParties(sheet)
        writeLines(sheet)
        writeTotal(sheet)
        writeUsage(sheet)
        writeFeet(file)
        return try file.save()
    }

    private var title: String {
        invoice.number.map { "Invoice \($0)" } ?? "Draft of an invoice, \(invoice.month)"
    }

    // MARK: Parts, from the top

    private func writeHead(_ sheet: Sheet) {
        let top = sheet.y
        sheet.file.write(
            invoice.status == .draft ? "Draft invoice" : "Invoice", x: Sheet.left, y: top - 18,
            .init(face: .bold, size: 24))
        sheet.y = top - 2
        for (index, text) in invoice.tariff.issuer.enumerated() {
            let style = index == 0 ? PDFFile.Style(face: .bold) : Sheet.quiet
            for line in sheet.file.lines(of: text, width: 220, style) {
                sheet.file.write(line, endingAt: Sheet.right, y: sheet.y - 6, style)
                sheet.y -= 13
            }
        }
        sheet.y = min(sheet.y, top - 30) - 30
    }

    private func writeParties(_ sheet: Sheet) {
        var floor = sheet.y
        for (name, value) in facts {
            sheet.file.write(name, x: Sheet.second, y: floor, Sheet.quiet)
            sheet.file.write(value, endingAt: Sheet.right, y: floor, .init())
            floor -= 16
        }
        sheet.file.write("BILLED TO", x: Sheet.left, y: sheet.y, Sheet.label)
        sheet.y -= 17
        for (index, text) in invoice.recipient.enumerated() {
            let style = index == 0 ? PDFFile.Style(face: .bold, size: 10.5) : PDFFile.Style()
            for line in sheet.file.lines(of: text, width: 235, style) {
                sheet.keep(0)
                sheet.file.write(line, x: Sheet.left, y: sheet.y, style)
                sheet.y -= 14
            }
        }
        sheet.y = (sheet.file.pageCount == 1 ? min(sheet.y, floor) : sheet.y) - 30
    }

    private var facts: [(String, String)] {
        let dates: [(String, String)] =
            invoice.status == .draft
            ? [("Issued", "not yet")]
            : [("Issued", Self.text(invoice.issuedAt.day)), ("Due", Self.text(invoice.dueAt.day))]
        return [("Number", invoice.number ?? "not yet"), ("Period", period)] + dates + [("Status", status)]
    }

    private func writeLines(_ sheet: Sheet) {
        sheet.keep(165)
        let header = ["QUANTITY", "UNIT PRICE", "AMOUNT"]
        sheet.file.write("DESCRIPTION", x: Sheet.left, y: sheet.y, Sheet.label)
        for (text, x) in zip(header, Sheet.columns) {
            sheet.file.write(text, endingAt: x, y: sheet.y, Sheet.label)
        }
        sheet.y -= 8
        sheet.file.rule(from: Sheet.left, to: Sheet.right, y: sheet.y, gray: 0.4)
        for item in items {
            let lines = sheet.file.lines(of: item.text, width: 265, .init())
            sheet.keep(Float(lines.count) * 13 + 12)
            sheet.y -= 17
            for (text, x) in zip([item.quantity, item.price, item.amount], Sheet.columns) {
                sheet.file.write(text, endingAt: x, y: sheet.y, .init())
            }
            for (index, line) in lines.enumerated() {
                sheet.file.write(line, x: Sheet.left, y: sheet.y - Float(index) * 13, .init())
            }
            sheet.y -= Float(lines.count - 1) * 13 + 8
            sheet.file.rule(from: Sheet.left, to: Sheet.right, y: sheet.y, gray: 0.85)
        }
    }

    private var items: [(text: String, quantity: String, price: String, amount: String)] {
        let tariff = invoice.tariff
        let name = tariff.tier.isEmpty ? "Base price" : "Plan \(tariff.tier)"
        let included = min(invoice.usage.billableDevices, tariff.includedDevices)
        var items = [
            (text: "\(name), one month", quantity: "1", price: "\(tariff.base)", amount: "\(tariff.base)")
        ]
        if tariff.includedDevices > 0 {
            items.append(
                (
                    "Active devices within the plan, of \(tariff.includedDevices) that it includes",
                    "\(included)", "included", "\(Money.zero)"
                ))
        }
        items.append(
            (
                tariff.includedDevices > 0 ? "Active devices beyond the plan" : "Active devices",
                "\(invoice.devicesBeyond)", "\(tariff.perDevice)", "\(invoice.devicesAmount)"
            ))
        return items
    }

    private func writeTotal(_ sheet: Sheet) {
        sheet.keep(60)
        let currency = invoice.tariff.currency
        sheet.y -= 24
        let strong = PDFFile.Style(face: .bold, size: 12)
        sheet.file.write("Total", x: Sheet.second, y: sheet.y, strong)
        sheet.file.write("\(currency) \(invoice.total)", endingAt: Sheet.right, y: sheet.y, strong)
        if invoice.status == .paid || invoice.status == .void {
            sheet.y -= 18
            sheet.file.write("Left to pay", x: Sheet.second, y: sheet.y, Sheet.quiet)
            sheet.file.write("\(currency) \(invoice.remaining)", endingAt: Sheet.right, y: sheet.y, .init())
        }
        sheet.y -= 44
    }

    private func writeUsage(_ sheet: Sheet) {
        sheet.keep(110)
        sheet.file.write("USAGE IN THE PERIOD", x: Sheet.left, y: sheet.y, Sheet.label)
        sheet.y -= 8
        sheet.file.rule(from: Sheet.left, to: Sheet.middle, y: sheet.y, gray: 0.85)
        for (name, value) in usage {
            sheet.y -= 15
            sheet.file.write(name, x: Sheet.left, y: sheet.y, Sheet.quiet)
            sheet.file.write(value, endingAt: Sheet.middle, y: sheet.y, .init())
        }
    }

    private var usage: [(String, String)] {
        let usage = invoice.usage
        let days = max(1, invoice.month.days.count)
        let tenths = (usage.deviceDays * 10 + days / 2) / days
        let peak = usage.peakDay.map { "\(usage.peakDevices), on \(Self.text($0))" } ?? "0"
        return [
            ("Active devices", "\(usage.activeDevices)"), ("Of these billed", "\(usage.billableDevices)"),
            ("Most on one day", peak), ("Average on a day", "\(tenths / 10).\(tenths % 10)"),
            ("Packets", "\(usage.packets)"),
        ]
    }

    private func writeFeet(_ file: PDFFile) {
        for page in 0..<file.pageCount {
            file.write(
                "A device is active when it sent at least one packet in the period. All times are UTC.",
                x: Sheet.left, y: 44, Sheet.small, page: page)
            file.write(
                "\(invoice.number.map { "\($0), page" } ?? "Page") \(page + 1) of \(file.pageCount)",
                endingAt: Sheet.right, y: 44, Sheet.small, page: page)
        }
    }

    // MARK: Words

    private var period: String {
        let days = invoice.month.days
        return "1 \u{2013} \(Self.text(days.upperBound - 1))"
    }

    private var status: String {
        switch invoice.status {
        case .draft: "Draft"
        case .open: "Open"
        case .paid: invoice.paidAt.map { "Paid on \(Self.text($0.day))" } ?? "Paid"
        case .void: "Void"
        }
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ]

    /// `31 March 2026`
    private static func text(_ day: Int64) -> String {
        let civil = CivilTime(Timestamp(seconds: day * 86_400))
        return "\(civil.day) \(months[civil.month - 1]) \(civil.year)"
    }
}

/// Where on the page the next thing goes.
private final class Sheet {
    static let left: Float = 56
    static let right: Float = 539
    static let second: Float = 330
    static let middle: Float = 300
    /// The right ends of the columns of numbers.
    static let columns: [Float] = [375, 455, right]
    static let quiet = PDFFile.Style(gray: 0.42)
    static let label = PDFFile.Style(face: .bold, size: 7.5, gray: 0.42)
    static let small = PDFFile.Style(size: 7.5, gray: 0.5)
    private static let top: Float = 780
    private static let bottom: Float = 70

    let file: PDFFile
    var y = top

    init(_ file: PDFFile) {
        self.file = file
        file.addPage()
    }

    /// Goes to a new page when there is less room than `height` on this one.
    func keep(_ height: Float) {
        guard y - height < Self.bottom else { return }
        file.addPage()
        y = Self.top
    }
}
