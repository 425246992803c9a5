/// A moment on the runtime's monotonic clock. It means nothing after a restart.
package struct NetworkInstant: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (a: NetworkInstant, b: NetworkInstant) -> Bool { a.nanoseconds < b.nanoseconds }

    package static func + (instant: NetworkInstant, span: Span) -> NetworkInstant {
        NetworkInstant(nanoseconds: instant.nanoseconds + span.nanoseconds)
    }

    package static func - (instant: NetworkInstant, span: Span) -> NetworkInstant {
        NetworkInstant(nanoseconds: instant.nanoseconds - span.nanoseconds)
    }

    package static func - (later: NetworkInstant, earlier: NetworkInstant) -> Span {
        Span(nanoseconds: later.nanoseconds - earlier.nanoseconds)
    }

    /// A length of time in one machine word, cheap to compute with.
    package struct Span: Hashable, Comparable, Sendable {
        package var nanoseconds: Int64

        package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

        package static func microseconds(_ count: Int64) -> Span { Span(nanoseconds: count * 1_000) }
        package static func milliseconds(_ count: Int64) -> Span { Span(nanoseconds: count * 1_000_000) }
        package static func seconds(_ count: Int64) -> Span { Span(nanoseconds: count * 1_000_000_000) }

        package var microseconds: Int64 { nanoseconds / 1_000 }

        package static func < (a: Span, b: Span) -> Bool { a.nanoseconds < b.nanoseconds }
        package static func + (a: Span, b: Span) -> Span { Span(nanoseconds: a.nanoseconds + b.nanoseconds) }
    }
}
