/// How a step of an ``Augmentation`` is written, and what it does. Steps of a program's own have one too.
public struct StepSignature: Sendable {
    public let name: String
    /// What it does, in one line.
    public let summary: String
    public let parameters: [StepParameter]

    public init(_ name: String, _ summary: String, _ parameters: StepParameter...) {
        (self.name, self.summary, self.parameters) = (name, summary, parameters)
    }

    /// `crop[:padding=4][:border=constant]`.
    public var usage: String { name + parameters.map { "[:\($0.name)=\($0.standard)]" }.joined() }
}

/// An argument that a step takes.
public struct StepParameter: Sendable {
    public let name: String
    /// What it is where nobody says.
    public let standard: StepArgument
    let values: Values

    enum Values: Sendable {
        case number(ClosedRange<Double>)
        case whole(ClosedRange<Int>)
        case word([String])
        case paint
    }

    public static func number(_ name: String, _ range: ClosedRange<Double>, or standard: Double) -> StepParameter {
        StepParameter(name: name, standard: .number(standard), values: .number(range))
    }

    public static func whole(_ name: String, _ range: ClosedRange<Int>, or standard: Int) -> StepParameter {
        StepParameter(name: name, standard: .number(Double(standard)), values: .whole(range))
    }

    public static func word<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, or standard: Choice) -> StepParameter {
        StepParameter(name: name, standard: .word(standard.rawValue), values: .word(Choice.allCases.map(\.rawValue)))
    }

    static func paint(or standard: Paint) -> StepParameter {
        StepParameter(name: "paint", standard: .word(standard.rawValue), values: .paint)
    }

    public static func probability(_ standard: Double) -> StepParameter { .number("probability", 0...1, or: standard) }
    static let fill = StepParameter.whole("fill", 0...255, or: 0)

    /// Reads what somebody wrote; the error says what it should be.
    func read(_ text: String) throws(AugmentationError) -> StepArgument {
        switch values {
        case .number(let range):
            guard let value = Double(text), range.contains(value) else {
                throw AugmentationError("\(name) is a number from \(StepArgument.number(range.lowerBound)) to "
                    + "\(StepArgument.number(range.upperBound)), not \"\(text)\"")
            }
            return .number(value)
        case .whole(let range):
            guard let value = Int(text), range.contains(value) else {
                throw AugmentationError("\(name) is a whole number from \(range.lowerBound) to \(range.upperBound), not \"\(text)\"")
            }
            return .number(Double(value))
        case .word(let words):
            guard words.contains(text) else { throw AugmentationError("\(name) is \(words.joined(separator: " or ")), not \"\(text)\"") }
            return .word(text)
        case .paint:
            guard let paint = Paint(rawValue: text) else {
                throw AugmentationError("\(name) is mean, noise or a grey level from 0 to 255, not \"\(text)\"")
            }
            return .word(paint.rawValue)
        }
    }
}

/// One argument of a step.
public enum StepArgument: Hashable, Sendable, CustomStringConvertible {
    case number(Double)
    case word(String)

    /// `4`, `0.5`, `reflect`.
    public var description: String {
        switch self {
        case .number(let value): Int(exactly: value).map(String.init) ?? "\(value)"
        case .word(let word): word
        }
    }
}

/// Arguments as a step reads them: one for each parameter, checked.
public struct StepArguments: Sendable {
    let values: [StepArgument]

    /// The number at this place of the signature's parameters.
    ///
    /// - Precondition: that parameter is a number.
    public func number(_ index: Int) -> Double {
        guard case .number(let value) = values[index] else { fatalError("argument \(index) is a word") }
        return value
    }

    public func whole(_ index: Int) -> Int { Int(number(index)) }
    func byte(_ index: Int) -> UInt8 { UInt8(clamping: whole(index)) }

    /// The word at this place of the signature's parameters.
    ///
    /// - Precondition: that parameter is one of the words of `Choice`.
    public func word<Choice: RawRepresentable<String>>(_ index: Int) -> Choice {
        guard case .word(let word) = values[index], let choice = Choice(rawValue: word) else { fatalError("argument \(index) is no such word") }
        return choice
    }
}
