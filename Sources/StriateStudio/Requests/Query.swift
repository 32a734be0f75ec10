import Hummingbird

/// A request's parameters, as they stand behind the question mark.
struct Query {
    private let request: Request

    /// The most characters of a wrong value that are told back.
    private static let longest = 40

    init(_ request: Request) { self.request = request }

    subscript(_ name: String) -> String? { request.uri.queryParameters[Substring(name)].map(String.init) }

    /// - Throws: ``ServiceError`` for anything else.
    func whole(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = self[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            let wanted = range.upperBound == .max ? "from \(range.lowerBound) on" : "from \(range.lowerBound) to \(range.upperBound)"
            throw ServiceError(.badRequest, "\(name) takes a whole number \(wanted), not \"\(text.prefix(Query.longest))\"")
        }
        return number
    }

    /// - Throws: ``ServiceError`` for what is none of the choices.
    func choice<Choice: CaseIterable & RawRepresentable<String>>(_ name: String) throws -> Choice? {
        guard let text = self[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ServiceError(.badRequest, "\(name) is one of \(known), not \"\(text.prefix(Query.longest))\"")
        }
        return choice
    }
}
