/// What cannot be looked at or explained as asked: a layer or class that is not there, or a setting without meaning. Always one line.
public struct InsightError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
