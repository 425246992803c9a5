import CZlib
@testable import EdgeDocuments
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

    @Test(
        arguments: [
            ("Lager & Söhne – 5 €", "Lager & Söhne – 5 €"), ("Łódź", "Lódz"),
            ("東京 (日本)", "dong jing (ri ben)"),
            ("Дмитрий", "Dmitrij"), ("e\u{301}", "é"), ("a😀b", "a?b"), ("\u{202E}x", "?x"),
        ])
    func `what the fonts lack is written in Latin letters`(_ text: String, _ expected: String) {
        let bytes = WinAnsiText(text).bytes.dropLast().map(UInt8.init(bitPattern:))
        #expect(String(bytes: bytes, encoding: .windowsCP1252) == expected)
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

    /// What the pages draw, unpacked.
    private func drawn(_ pdf: [UInt8]) throws -> String {
        var rest = Data(pdf)
        var text = ""
        while let start = rest.range(of: Data("stream\r\n".utf8)) ?? rest.range(of: Data("stream\n".utf8)) {
            let end = try #require(
                rest.range(of: Data("endstream".utf8), in: start.upperBound..<rest.endIndex))
            let packed = Array(rest[start.upperBound..<end.lowerBound])
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            var count = UInt(bytes.count)
            if uncompress(&bytes, &count, packed, UInt(packed.count)) == Z_OK {
                text += try #require(String(bytes: bytes.prefix(Int(count)), encoding: .windowsCP1252))
            }
            rest = rest[end.upperBound...]
        }
        return text
    }

    /// libharu writes what is not ASCII as octal digits.
    @Test func `it has the numbers of the invoice as text`() throws {
        let text = try drawn(InvoiceDocument(Self.invoice(status: .paid)).pdf())
        for words in [
            "INV-2026-003", "1 \\226 31 March 2026", "15 April 2026", "Paid on 1 April 2026",
            "Lager & S\\366hne GmbH",
            "28195 Bremen", "Hafenstra\\337e 7", "Plan Growth, one month", "499.00", "100", "27", "15.93",
            "EUR 514.93", "EUR 0.00", "119, on 14 March 2026", "117.5", "456789",
        ] {
            #expect(text.contains("(\(words)) Tj"), "\(words)")
        }
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
