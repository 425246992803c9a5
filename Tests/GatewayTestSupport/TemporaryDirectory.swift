package import Foundation

/// A directory of its own for one test, gone afterwards.
package struct TemporaryDirectory {
    package let url: URL
    package var path: String { url.path }

    package init(url: URL) { self.url = url }

    package static func with<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (TemporaryDirectory) async throws -> Result
    ) async throws -> Result {
        let url = FileManager.default.temporaryDirectory.appending(path: "holdfast-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        return try await body(TemporaryDirectory(url: url))
    }
}
