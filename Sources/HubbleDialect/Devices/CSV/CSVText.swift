/// Tables as text (RFC 4180): cells in quotes where they need it, lines that end with CR LF.
///
/// A cell that a spreadsheet would take for a formula gets an apostrophe in front when it is written,
/// and loses it when it is read.
enum CSVText {
    /// Cells that one line may have, and bytes of a cell.
    static let columnLimit = 64
    static let cellLimit = 1_024

    /// One line of the text; a cell in quotes may make it longer than that.
    struct Line {
        /// Where it begins, from 1.
        var number: Int
        var cells: [String]
    }

    /// Why a text is no table.
    struct Fault: Error {
        var line: Int
        var reason: String
    }

    private static let formulaMarks: Set<UInt8> = Set("=+-@'\t\r".utf8)

    static func line(_ cells: [String]) -> String {
        cells.map(quoted).joined(separator: ",") + "\r\n"
    }

    /// Text that nobody wrote but this gateway needs no protection: numbers.
    static func guarded(_ text: String) -> String {
        guard let first = text.utf8.first, formulaMarks.contains(first) else { return text }
        return "'" + text
    }

    private static func unguarded(_ text: String) -> String {
        let start = text.utf8.prefix(2)
        guard start.count == 2, start.first == UInt8(ascii: "'"), let second = start.last,
            formulaMarks.contains(second)
        else { return text }
        return String(text.dropFirst())
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x3B || $0 < 0x20 }) else {
            return text
        }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// All lines with something in them. The separator is a comma, or a semicolon where the first line
    /// has no comma outside of quotes. Throws for quotes that do not close and for too many lines, cells
    /// or bytes.
    static func lines(_ text: [UInt8], limit: Int) throws(Fault) -> [Line] {
        var reader = Reader(bytes: text)
        var lines: [Line] = []
        while let line = try reader.next() {
            guard line.cells.contains(where: { !$0.isEmpty }) else { continue }
            guard lines.count < limit else { throw Fault(line: line.number, reason: "too many lines") }
            lines.append(line)
        }
        return lines
    }

    private struct Reader {
        let bytes: [UInt8]
        var index: Int
        var number = 1
        let separator: UInt8

        init(bytes: [UInt8]) {
            self.bytes = bytes
            index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            let head = bytes[index...].prefix { $0 != 0x0A }
            separator = head.contains(0x2C) || !head.contains(0x3B) ? 0x2C : 0x3B
        }

        mutating func next() throws(Fault) -> Line? {
            guard index < bytes.count else { return nil }
            var line = Line(number: number, cells: [])
            while true {
                line.cells.append(try cell(of: line.number))
                guard line.cells.count <= columnLimit else {
                    throw Fault(line: line.number, reason: "more than \(columnLimit) cells")
                }
                guard index < bytes.count else { return line }
                let end = bytes[index]
                index += 1
                if end == separator { continue }
                if end == 0x0D, index < bytes.count, bytes[index] == 0x0A { index += 1 }
                number += 1
                return line
            }
        }

        /// Stops at what ends the cell.
        private mutating func cell(of line: Int) throws(Fault) -> String {
            var cell: [UInt8] = []
            let isQuoted = index < bytes.count && bytes[index] == 0x22
            if isQuoted { index += 1 }
            while index < bytes.count {
                let byte = bytes[index]
                if isQuoted, byte == 0x22 {
                    index += 1
                    guard index < bytes.count, bytes[index] == 0x22 else {
                        guard index == bytes.count || isEnd(bytes[index]) else {
                            throw Fault(line: line, reason: "text behind a quoted cell")
                        }
                        return try finished(cell, line)
                    }
                } else if !isQuoted, isEnd(byte) {
                    return try finished(cell, line)
                } else if isQuoted, byte == 0x0A {
                    number += 1
                }
                guard cell.count < cellLimit else {
                    throw Fault(line: line, reason: "a cell of more than \(cellLimit) bytes")
                }
                cell.append(byte)
                index += 1
            }
            guard !isQuoted else { throw Fault(line: line, reason: "a quote that does not close") }
            return try finished(cell, line)
        }

        private func isEnd(_ byte: UInt8) -> Bool { byte == separator || byte == 0x0A || byte == 0x0D }

        private func finished(_ cell: [UInt8], _ line: Int) throws(Fault) -> String {
            guard let text = String(validating: cell, as: UTF8.self) else {
                throw Fault(line: line, reason: "not UTF-8")
            }
            return unguarded(text)
        }
    }
}
