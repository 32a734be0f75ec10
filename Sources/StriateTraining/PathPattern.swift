/// Parameters by their paths: `layer1` (all of that layer), `layer1.*.bias`, `*.weight`. `*` stands for any characters, `?` for one.
///
/// A pattern matches a parameter where it matches its whole path, or that of a layer around it.
public struct PathPattern: Hashable, Sendable, CustomStringConvertible {
    public let text: String
    public var description: String { text }

    /// Nil for no text, or one with a comma, which separates patterns.
    public init?(_ text: some StringProtocol) {
        guard !text.isEmpty, !text.contains(",") else { return nil }
        self.text = String(text)
    }

    public func matches(_ path: String) -> Bool {
        let pattern = Array(text.utf8), path = Array(path.utf8), full = UInt8(ascii: ".")
        if PathPattern.matches(pattern[...], path[...]) { return true }
        return path.indices.contains { path[$0] == full && PathPattern.matches(pattern[...], path[..<$0]) }
    }

    /// Greedy with one place to come back to: linear for each star, whatever the pattern.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>) -> Bool {
        var (p, s) = (pattern.startIndex, path.startIndex), star: (pattern: Int, path: Int)?
        while s < path.endIndex {
            if p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") {
                star = (p, s)
                p += 1
            } else if p < pattern.endIndex, pattern[p] == path[s] || pattern[p] == UInt8(ascii: "?") {
                (p, s) = (p + 1, s + 1)
            } else if let last = star {
                star = (last.pattern, last.path + 1)
                (p, s) = (last.pattern + 1, last.path + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// Those of `paths` that any of the patterns matches.
    ///
    /// - Throws: ``TrainingError/options(_:)`` for a pattern that matches none.
    static func paths(matching patterns: [PathPattern], among paths: [String], option: String) throws(TrainingError) -> Set<String> {
        var found = Set<String>()
        for pattern in patterns {
            let own = paths.filter(pattern.matches)
            guard !own.isEmpty else {
                let some = paths.prefix(4).joined(separator: ", ") + (paths.count > 4 ? ", …" : "")
                throw .options("\(option): no parameter's path matches \(pattern); there are \(some)")
            }
            found.formUnion(own)
        }
        return found
    }
}

/// A factor on the learning rate of some parameters, written `layer1=0.1`.
public struct RateFactor: Hashable, Sendable, CustomStringConvertible {
    public let pattern: PathPattern
    public let factor: Float

    public var description: String { "\(pattern)=\(factor)" }

    public init(_ pattern: PathPattern, _ factor: Float) {
        self.pattern = pattern
        self.factor = factor
    }

    /// Reads what ``description`` writes.
    public init?(parsing text: some StringProtocol) {
        guard let sign = text.lastIndex(of: "="), let pattern = PathPattern(text[..<sign]),
            let factor = Float(text[text.index(after: sign)...]), factor.isFinite, factor >= 0
        else { return nil }
        self.init(pattern, factor)
    }
}
