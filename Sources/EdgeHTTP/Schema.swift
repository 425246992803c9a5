/// The shape of a JSON value, as OpenAPI 3.0.3 describes it.
package indirect enum Schema: Sendable {
    case string(format: String? = nil, values: [String] = [])
    case integer(minimum: Int? = nil, maximum: Int? = nil)
    case number
    case boolean
    case array(Schema, maximum: Int? = nil)
    case object([Property], required: [String] = [])
    /// An object whose members are all of one shape.
    case map(Schema)
    case oneOf([Schema])
    case nullable(Schema)
    case any

    package struct Property: Sendable {
        let name: String
        let schema: Schema
        let note: String?

        package init(_ name: String, _ schema: Schema, _ note: String? = nil) {
            self.name = name
            self.schema = schema
            self.note = note
        }
    }

    package static let text = Schema.string()
    package static let time = Schema.string(format: "date-time")

    func write(to json: inout JSONWriter, note: String? = nil) {
        json.object { writeMembers(to: &$0, note: note) }
    }

    private func writeMembers(to json: inout JSONWriter, note: String?) {
        if let note { json.field("description", note) }
        switch self {
        case .string(let format, let values):
            json.field("type", "string")
            if let format { json.field("format", format) }
            if !values.isEmpty { json.array("enum", values) { $0.value($1) } }
        case .integer(let minimum, let maximum):
            json.field("type", "integer")
            if let minimum { json.field("minimum", minimum) }
            if let maximum { json.field("maximum", maximum) }
        case .number: json.field("type", "number")
        case .boolean: json.field("type", "boolean")
        case .array(let element, let maximum):
            json.field("type", "array")
            json.key("items")
            element.write(to: &json)
            if let maximum { json.field("maxItems", maximum) }
        case .object(let properties, let required):
            json.field("type", "object")
            json.object("properties") { json in
                for property in properties {
                    json.key(dynamic: property.name)
                    property.schema.write(to: &json, note: property.note)
                }
            }
            if !required.isEmpty { json.array("required", required) { $0.value($1) } }
        case .map(let element):
            json.field("type", "object")
            json.key("additionalProperties")
            element.write(to: &json)
        case .oneOf(let choices):
            json.array("oneOf", choices) { $1.write(to: &$0) }
        case .nullable(let schema):
            schema.writeMembers(to: &json, note: nil)
            json.field("nullable", true)
        case .any: break
        }
    }
}
