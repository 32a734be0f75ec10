import Foundation

/// As much of JSON Schema as the API's document uses.
struct Schema {
    /// The whole document, for references.
    let document: [String: Any]

    /// What is wrong with `value`; empty where nothing is.
    func faults(in value: Any, _ schema: [String: Any], at place: String = "$") -> [String] {
        if let reference = schema["$ref"] as? String {
            let target = reference.split(separator: "/").dropFirst().reduce(document as Any?) { ($0 as? [String: Any])?[String($1)] }
            guard let target = target as? [String: Any] else { return ["\(place): nothing at \(reference)"] }
            return faults(in: value, target, at: place)
        }
        if let known = schema["enum"] as? [String], !known.contains(value as? String ?? "") { return ["\(place): \(value) is none of \(known)"] }
        if let least = schema["minimum"] as? Double, let number = value as? Double, number < least { return ["\(place): \(number) < \(least)"] }
        if let most = schema["maximum"] as? Double, let number = value as? Double, number > most { return ["\(place): \(number) > \(most)"] }
        switch schema["type"] as? String {
        case "string": return value is String ? [] : ["\(place): \(value) is no string"]
        case "integer": return value is Int ? [] : ["\(place): \(value) is no whole number"]
        case "number": return value is Double ? [] : ["\(place): \(value) is no number"]
        case "boolean": return value is Bool ? [] : ["\(place): \(value) is no boolean"]
        case "array":
            guard let elements = value as? [Any], let items = schema["items"] as? [String: Any] else { return ["\(place): \(value) is no array"] }
            return elements.enumerated().flatMap { faults(in: $1, items, at: "\(place)[\($0)]") }
        case "object":
            guard let members = value as? [String: Any] else { return ["\(place): \(value) is no object"] }
            let missing = (schema["required"] as? [String] ?? []).filter { members[$0] == nil }.map { "\(place): no \($0)" }
            let properties = schema["properties"] as? [String: [String: Any]] ?? [:], others = schema["additionalProperties"] as? [String: Any]
            return missing + members.flatMap { name, member -> [String] in
                guard let schema = properties[name] ?? others else { return properties.isEmpty ? [] : ["\(place): \(name) is not described"] }
                return faults(in: member, schema, at: "\(place).\(name)")
            }
        default: return ["\(place): a schema without a type"]
        }
    }
}
