extension Schema {
    func write(to json: inout JSONWriter, note: String? = nil) {
        json.object { writeMembers(to: &$0, note: note) }
    }

    private func writeMembers(to json: inout JSONWriter, note: String?) {
        if let note { json.field("description", note) }
        switch self {
        case .string, .characters: writeText(to: &json)
        case .integer, .number, .decimal: writeNumber(to: &json)
        case .boolean: json.field("type", "boolean")
        case .array, .object, .map: writeCollection(to: &json)
        case .oneOf(let choices): json.array("oneOf", choices) { $1.write(to: &$0) }
        case .nullable(let schema):
            schema.writeMembers(to: &json, note: nil)
            json.field("nullable", true)
        case .any: break
        case .named(let name, _): Self.writeReference(to: name, isAlone: note == nil, to: &json)
        case .exemplified(let schema, let example):
            if case .named(let name, _) = schema {
                Self.writeReference(to: name, isAlone: false, to: &json)
            } else {
                schema.writeMembers(to: &json, note: nil)
            }
            json.key("example")
            json.verbatim(Array(example.utf8))
        }
    }

    /// What stands beside a reference does not count, so a reference that is not alone is wrapped.
    private static func writeReference(to name: String, isAlone: Bool, to json: inout JSONWriter) {
        let reference = "#/components/schemas/\(name)"
        if isAlone {
            json.field("$ref", reference)
        } else {
            json.array("allOf", [reference]) { json, reference in
                json.object { $0.field("$ref", reference) }
            }
        }
    }

    private func writeText(to json: inout JSONWriter) {
        json.field("type", "string")
        switch self {
        case .string(let format, let values):
            if let format { json.field("format", format) }
            if !values.isEmpty { json.array("enum", values) { $0.value($1) } }
        case .characters(let lengths, let pattern):
            if lengths.lowerBound > 0 { json.field("minLength", lengths.lowerBound) }
            json.field("maxLength", lengths.upperBound)
            if let pattern { json.field("pattern", pattern) }
        default: break
        }
    }

    private func writeNumber(to json: inout JSONWriter) {
        switch self {
        case .integer(let minimum, let maximum):
            json.field("type", "integer")
            if let minimum { json.field("minimum", minimum) }
            if let maximum { json.field("maximum", maximum) }
        case .decimal(let range):
            json.field("type", "number")
            json.field("minimum", range.lowerBound)
            json.field("maximum", range.upperBound)
        default: json.field("type", "number")
        }
    }

    private func writeCollection(to json: inout JSONWriter) {
        switch self {
        case .array(let element, let minimum, let maximum):
            json.field("type", "array")
            json.key("items")
            element.write(to: &json)
            if let minimum { json.field("minItems", minimum) }
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
        case .map(let element, let maximum):
            json.field("type", "object")
            json.key("additionalProperties")
            element.write(to: &json)
            if let maximum { json.field("maxProperties", maximum) }
        default: break
        }
    }
}
