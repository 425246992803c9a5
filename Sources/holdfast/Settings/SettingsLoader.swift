import FoundationEssentials
import Yams

/// A setting that cannot be used; ends the process with status 78 (`EX_CONFIG`).
struct ConfigurationError: Error, CustomStringConvertible {
    let description: String

    /// On one line, whatever stands in a value.
    init(_ description: String) {
        self.description = description.split { $0.isNewline }.joined(separator: " ")
    }
}

/// Gathers the settings in force: command line, then environment, then file, then defaults.
struct SettingsLoader {
    /// Values given on the command line, by key.
    let arguments: [String: String]
    let environment: [String: String]
    /// The YAML file, if one was named.
    let file: String?

    /// Names under our prefix that belong to the tests, not to the gateway.
    private static let otherNames: Set<String> = ["HOLDFAST_PATH", "HOLDFAST_BENCHMARKS"]

    /// The value of every setting, and where it came from. Unknown keys are refused.
    func load() throws -> [(setting: Setting, value: String, origin: String)] {
        let fromFile = try file.map(Self.read) ?? [:]
        let known = Set(Setting.all.map(\.key))
        guard fromFile[""] == nil else { throw ConfigurationError("\(file ?? "the file") has no keys") }
        if let unknown = fromFile.keys.filter({ !known.contains($0) }).min() {
            throw ConfigurationError("\(file ?? "the file") has the unknown key '\(unknown)'")
        }
        let names = Set(Setting.all.map(\.environmentName)).union(Self.otherNames).union(["HOLDFAST_CONFIG"])
        if let unknown = environment.keys.filter({ $0.hasPrefix("HOLDFAST_") && !names.contains($0) }).min() {
            throw ConfigurationError("the environment has the unknown key '\(unknown)'")
        }
        return Setting.all.map { setting in
            if let value = arguments[setting.key] { return (setting, value, "command line") }
            if let value = environment[setting.environmentName] { return (setting, value, "environment") }
            if let value = fromFile[setting.key] { return (setting, value, "file") }
            return (setting, setting.standard, "default")
        }
    }

    /// The leaves of a YAML file, nested keys joined by dots.
    private static func read(_ path: String) throws -> [String: String] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ConfigurationError("\(path) cannot be read")
        }
        guard data.count <= 1_048_576 else { throw ConfigurationError("\(path) is larger than 1 MiB") }
        do {
            guard let root = try Yams.compose(yaml: String(decoding: data, as: UTF8.self)) else { return [:] }
            var values: [String: String] = [:]
            try flatten(root, under: "", into: &values, path)
            return values
        } catch let error as YamlError {
            let reason = "\(error)".split(separator: "\n").first ?? "it cannot be parsed"
            throw ConfigurationError("\(path) is not YAML: \(reason)")
        }
    }

    private static func flatten(
        _ node: Node, under prefix: String, into values: inout [String: String], _ path: String
    ) throws {
        switch node {
        case .scalar(let scalar): values[prefix] = scalar.string
        case .mapping(let mapping):
            // A section that says nothing is still one that is known, or not.
            let isSection = prefix.isEmpty || Setting.all.contains { $0.key.hasPrefix(prefix + ".") }
            if !isSection { values[prefix] = "" }
            for (key, value) in mapping {
                let name = key.scalar?.string ?? ""
                try flatten(value, under: prefix.isEmpty ? name : "\(prefix).\(name)", into: &values, path)
            }
        case .sequence(let sequence):
            values[prefix] = sequence.compactMap { $0.scalar?.string }.joined(separator: ",")
        case .alias: throw ConfigurationError("\(path): '\(prefix)' is an alias without an anchor")
        }
    }
}
