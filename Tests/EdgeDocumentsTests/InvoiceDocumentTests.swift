import EdgeDocuments
import EdgeModel
import EdgeTestSupport
import Foundation
import Testing

@Suite struct InvoiceDocumentTests {
    static func invoice(
        name: String = "Lager & Söhne GmbH", status: Invoice.Status = .open,
        change: (inout Invoice) -> Void = { _ in }
    ) -> Invoice {
        let month = BillingMonth(of: Timestamp(seconds: 1_772_366_400))
        var usage = BilledUsage()
        (usage.activeDevices, usage.billableDevices, usage.packets) = (131, 127, 456_789)
        (usage.peakDevices, usage.peakDay, usage.deviceDays) = (119, month.days.lowerBound + 13, 3_643)
        var invoice = Invoice(
            id: "one", number: status == .draft ? nil : "INV-2026-003", month: month, status: status,
            issuedAt: month.end, dueAt: month.end.advanced(byMicroseconds: 14 * 86_400_000_000),
            paidAt: status == .paid ? month.end : nil,
            tariff: Tariff(
                tier: "Growth", base: Money(hundredths: 49_900), includedDevices: 100,
                perDevice: Money(hundredths: 59),
                issuer: ["Holdfast Networks", "Hafenstraße 7", "20457 Hamburg"]),
            usage: usage, recipient: [name, "Am Speicher 12", "28195 Bremen", "Germany"])
        change(&invoice)
        return invoice
    }

    /// The page objects, and the streams of the pages, which are compressed.
    private func pages(_ pdf: [UInt8]) -> Int {
        String(decoding: pdf, as: UTF8.self).split(separator: "/Type /Page\n").count - 1
    }

    @Test(arguments: [Invoice.Status.draft, .open, .paid, .void])
    func `an invoice is a PDF of one page`(_ status: Invoice.Status) throws {
        let pdf = try InvoiceDocument(Self.invoice(status: status)).pdf()
        #expect(pdf.starts(with: Array("%PDF-1.".utf8)))
        #expect(String(decoding: pdf.suffix(8), as: UTF8.self).contains("%%EOF"))
        #expect(pages(pdf) == 1)
    }

    @Test func `a long name and address wrap, and take more pages when they must`() throws {
        let long = String(repeating: "Donaudampfschifffahrtsgesellschaft", count: 7)
        let pdf = try InvoiceDocument(
            Self.invoice {
                $0.recipient = Array(repeating: long + " und Kompanie", count: 8)
            }
        ).pdf()
        #expect(pages(pdf) == 2)
    }

    @Test func `the same invoice is the same file`() throws {
        let invoice = Self.invoice()
        #expect(try InvoiceDocument(invoice).pdf() == InvoiceDocument(invoice).pdf())
    }

    @Test(
        arguments: [
            "", " ", "(\\)", "Łódź Żółć", "Дмитрий", "東京株式会社", "😀", "\u{202E}abc\u{0301}\u{200D}",
            String(repeating: "W", count: 250), String(repeating: "👩‍👩‍👧", count: 250), "\u{FFFD}\u{10FFFF}",
        ])
    func `no name stops it`(_ name: String) throws {
        let pdf = try InvoiceDocument(Self.invoice(name: name)).pdf()
        #expect(pdf.starts(with: Array("%PDF-1.".utf8)))
    }

    @Test func `many are drawn at once`() async throws {
        let expected = try InvoiceDocument(Self.invoice()).pdf()
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<64 { group.addTask { try InvoiceDocument(Self.invoice()).pdf() } }
            for try await pdf in group { #expect(pdf == expected) }
        }
    }
}
