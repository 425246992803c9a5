import CHaru
import EdgeModel

/// libharu refused something: its own number for it (`hpdf_consts.h`).
package struct PDFError: Error, CustomStringConvertible {
    package let status: UInt
    package var description: String { "libharu status 0x\(String(status, radix: 16))" }
}

/// A PDF that is being drawn, on A4 pages, in points from the lower left corner.
///
/// The first refusal of libharu is kept and thrown by `save`; what is drawn after it has no effect.
final class PDFFile {
    enum Face {
        case regular, bold
    }

    /// How a text looks.
    struct Style {
        var face = Face.regular
        var size: Float = 9.5
        /// 0 is black, 1 white.
        var gray: Float = 0.12
    }

    private let document: HPDF_Doc
    private let fault: UnsafeMutablePointer<HPDF_STATUS>
    private let regular: HPDF_Font?
    private let bold: HPDF_Font?
    private var pages: [HPDF_Page] = []

    init(title: String, createdAt: Timestamp?) throws(PDFError) {
        let fault = UnsafeMutablePointer<HPDF_STATUS>.allocate(capacity: 1)
        fault.initialize(to: 0)
        let document = HPDF_New(
            { status, _, data in
                let fault = data?.assumingMemoryBound(to: HPDF_STATUS.self)
                if fault?.pointee == 0 { fault?.pointee = status }
            }, fault)
        guard let document else {
            defer { fault.deallocate() }
            throw PDFError(status: fault.pointee)
        }
        self.fault = fault
        self.document = document
        HPDF_SetCompressionMode(document, HPDF_UINT(HPDF_COMP_ALL))
        regular = HPDF_GetFont(document, "Helvetica", "WinAnsiEncoding")
        bold = HPDF_GetFont(document, "Helvetica-Bold", "WinAnsiEncoding")
        HPDF_SetInfoAttr(document, HPDF_INFO_TITLE, WinAnsiText(title).bytes)
        HPDF_SetInfoAttr(document, HPDF_INFO_CREATOR, "Holdfast")
        if let createdAt {
            HPDF_SetInfoDateAttr(document, HPDF_INFO_CREATION_DATE, Self.date(createdAt))
        }
    }

    deinit {
        HPDF_Free(document)
        fault.deallocate()
    }

    private static func date(_ time: Timestamp) -> HPDF_Date {
        let civil = CivilTime(time)
        var date = HPDF_Date()
        date.year = HPDF_INT(civil.year)
        date.month = HPDF_INT(civil.month)
        date.day = HPDF_INT(civil.day)
        date.hour = HPDF_INT(civil.hour)
        date.minutes = HPDF_INT(civil.minute)
        date.seconds = HPDF_INT(civil.second)
        date.ind = CChar(bitPattern: UInt8(ascii: "Z"))
        return date
    }

    var pageCount: Int { pages.count }

    func addPage() {
        guard let page = HPDF_AddPage(document) else { return }
        HPDF_Page_SetSize(page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT)
        pages.append(page)
    }

    func width(of text: String, _ style: Style) -> Float {
        guard let page = pages.last else { return 0 }
        HPDF_Page_SetFontAndSize(page, style.face == .bold ? bold : regular, style.size)
        return HPDF_Page_TextWidth(page, WinAnsiText(text).bytes)
    }

    /// Writes on the last page, or on the one with this number (from 0).
    func write(_ text: String, x: Float, y: Float, _ style: Style, page number: Int? = nil) {
        guard let page = number.map({ pages[$0] }) ?? pages.last else { return }
        HPDF_Page_SetFontAndSize(page, style.face == .bold ? bold : regular, style.size)
        HPDF_Page_SetGrayFill(page, style.gray)
        HPDF_Page_BeginText(page)
        HPDF_Page_TextOut(page, x, y, WinAnsiText(text).bytes)
        HPDF_Page_EndText(page)
    }

    /// The same, ending at `x`.
    func write(_ text: String, endingAt x: Float, y: Float, _ style: Style, page: Int? = nil) {
        write(text, x: x - width(of: text, style), y: y, style, page: page)
    }

    func rule(from start: Float, to end: Float, y: Float, width: Float = 0.5, gray: Float = 0.75) {
        guard let page = pages.last else { return }
        HPDF_Page_SetLineWidth(page, width)
        HPDF_Page_SetGrayStroke(page, gray)
        HPDF_Page_MoveTo(page, start, y)
        HPDF_Page_LineTo(page, end, y)
        HPDF_Page_Stroke(page)
    }

    /// Breaks at blanks; a word that is wider than `width` is cut.
    func lines(of text: String, width limit: Float, _ style: Style) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let longer = line.isEmpty ? String(word) : line + " " + word
            if width(of: longer, style) <= limit {
                line = longer
                continue
            }
            if !line.isEmpty { lines.append(line) }
            line = ""
            for character in word {
                if width(of: line + String(character), style) > limit, !line.isEmpty {
                    lines.append(line)
                    line = ""
                }
                line.append(character)
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }

    func save() throws(PDFError) -> [UInt8] {
        guard fault.pointee == 0, HPDF_SaveToStream(document) == 0 else { throw failure }
        var bytes = [UInt8](repeating: 0, count: Int(HPDF_GetStreamSize(document)))
        var count = HPDF_UINT32(bytes.count)
        HPDF_ResetStream(document)
        let status = HPDF_ReadFromStream(document, &bytes, &count)
        guard fault.pointee == 0, status == 0 || count > 0 else { throw failure }
        return Array(bytes.prefix(Int(count)))
    }

    private var failure: PDFError { PDFError(status: fault.pointee) }
}
