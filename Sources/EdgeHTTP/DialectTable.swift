/// Which dialect a path belongs to: the one with the longest prefix, else the first.
struct DialectTable: Sendable {
    private let byPrefix: [(prefix: String, dialect: Dialect)]
    private let fallback: Dialect

    init(_ dialects: [Dialect], fallback: Dialect) {
        byPrefix = dialects.flatMap { dialect in dialect.prefixes.map { ($0, dialect) } }
            .sorted { $0.0.utf8.count > $1.0.utf8.count }
        self.fallback = fallback
    }

    func dialect(of path: String) -> Dialect {
        byPrefix.first { path.hasPrefix($0.prefix) }?.dialect ?? fallback
    }
}
