/// The shape of a JSON value, as OpenAPI 3.0.3 describes it.
package indirect enum Schema: Sendable {
    case string(format: String? = nil, values: [String] = [])
    /// Text of so many characters, in the form of a regular expression where there is one.
    case characters(ClosedRange<Int>, pattern: String? = nil)
    case integer(minimum: Int? = nil, maximum: Int? = nil)
    case number
    case decimal(ClosedRange<Double>)
    case boolean
    case array(Schema, minimum: Int? = nil, maximum: Int? = nil)
    case object([Property], required: [String] = [])
    /// An object whose members are all of one shape.
    case map(Schema, maximum: Int? = nil)
    case oneOf([Schema])
    /// Not of a `named` one, as OpenAPI 3.0 cannot say that.
    case nullable(Schema)
    case any
    /// Written once, among the components, and referred to. One name always means one shape.
    case named(String, Schema)
    /// With a JSON text that has this shape.
    case exemplified(Schema, json: String)

    package struct Property: Sendable {
        package let name: String
        let schema: Schema
        let note: String?

        package init(_ name: String, _ schema: Schema, _ note: String? = nil) {
            self.name = name
            self.schema = schema
            self.note = note
        }
    }

    package static let text = Schema.string()
    /// An object that always has all of its members.
    package static func whole(_ properties: [Property]) -> Schema {
        .object(properties, required: properties.map(\.name))
    }

    package static let time = Schema.string(format: "date-time")

    /// This shape, with a JSON text that has it.
    package func example(_ json: String) -> Schema { .exemplified(self, json: json) }

    /// The example that the shape as a whole has.
    var example: String? {
        switch self {
        case .exemplified(_, let json): json
        case .named(_, let schema): schema.example
        default: nil
        }
    }

    /// Without the example of the whole.
    var bare: Schema {
        if case .exemplified(let schema, _) = self { schema } else { self }
    }

    /// Adds the named shapes in this one to `names`.
    func collect(into names: inout [String: Schema]) {
        switch self {
        case .named(let name, let schema):
            names[name] = schema
            schema.collect(into: &names)
        case .array(let schema, _, _), .map(let schema, _), .nullable(let schema),
            .exemplified(let schema, _):
            schema.collect(into: &names)
        case .object(let properties, _):
            for property in properties { property.schema.collect(into: &names) }
        case .oneOf(let choices):
            for choice in choices { choice.collect(into: &names) }
        case .string, .characters, .integer, .number, .decimal, .boolean, .any: break
        }
    }
}
