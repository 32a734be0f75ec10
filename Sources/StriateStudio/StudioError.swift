/// Why a ``Studio`` cannot serve: one line that says where, what, and what to do.
public struct StudioError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
