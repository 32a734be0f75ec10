public import StriateData
public import StriateGraph

/// A value with one form as text: the same on the command line, in recipes and in messages.
public protocol OptionValue: Codable, Hashable, Sendable {
    /// Reads ``optionText``; nil for anything else.
    init?(optionText: String)
    /// Nil for the absence of a value.
    var optionText: String? { get }
    /// What users can write, for messages: "a whole number".
    static var optionForm: String { get }
    /// All that users can write, where these are a few names.
    static var optionChoices: [String] { get }
}

extension OptionValue {
    public static var optionChoices: [String] { [] }
}

extension String: OptionValue {
    public init?(optionText: String) { self = optionText }
    public var optionText: String? { self }
    public static var optionForm: String { "a text" }
}

extension Int: OptionValue {
    public init?(optionText: String) { self.init(optionText) }
    public var optionText: String? { String(self) }
    public static var optionForm: String { "a whole number" }
}

extension UInt64: OptionValue {
    public init?(optionText: String) { self.init(optionText) }
    public var optionText: String? { String(self) }
    public static var optionForm: String { "a whole number from 0 up" }
}

extension Float: OptionValue {
    public init?(optionText: String) {
        guard let number = Float(optionText), number.isFinite else { return nil }
        self = number
    }
    public var optionText: String? { "\(self)" }
    public static var optionForm: String { "a number" }
}

extension Double: OptionValue {
    public init?(optionText: String) {
        guard let number = Double(optionText), number.isFinite else { return nil }
        self = number
    }
    public var optionText: String? { "\(self)" }
    public static var optionForm: String { "a number" }
}

extension Bool: OptionValue {
    public init?(optionText: String) {
        switch optionText {
        case "true", "yes", "on": self = true
        case "false", "no", "off": self = false
        default: return nil
        }
    }
    public var optionText: String? { self ? "true" : "false" }
    public static var optionForm: String { "true or false" }
}

extension Optional: OptionValue where Wrapped: OptionValue {
    public init?(optionText: String) {
        if optionText == "none" {
            self = .none
        } else {
            guard let value = Wrapped(optionText: optionText) else { return nil }
            self = .some(value)
        }
    }
    public var optionText: String? { flatMap(\.optionText) }
    public static var optionForm: String { Wrapped.optionForm }
    public static var optionChoices: [String] { Wrapped.optionChoices }
}

/// Several values, with commas between them.
extension Array: OptionValue where Element: OptionValue {
    public init?(optionText: String) {
        if optionText.isEmpty || optionText == "none" {
            self = []
            return
        }
        let parts = optionText.split(separator: ",", omittingEmptySubsequences: false)
        self = parts.compactMap { Element(optionText: String($0.trimmingSpaces)) }
        guard count == parts.count else { return nil }
    }
    public var optionText: String? { isEmpty ? nil : compactMap(\.optionText).joined(separator: ",") }
    public static var optionForm: String { "\(Element.optionForm), or several with commas" }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// One of a few names.
public protocol NamedOption: OptionValue, RawRepresentable, CaseIterable where RawValue == String {}

extension NamedOption {
    public init?(optionText: String) { self.init(rawValue: optionText) }
    public var optionText: String? { rawValue }
    public static var optionForm: String { optionChoices.joined(separator: ", ") }
    public static var optionChoices: [String] { allCases.map(\.rawValue) }
}

extension TrainingOptions.Rule: NamedOption {}
extension DecayScope: NamedOption {}
extension ImageSampling: NamedOption {}
extension Monitor: NamedOption {}
extension Precision: NamedOption {}

/// A value that reads and writes a text of its own; in JSON it is that text.
public protocol TextOption: OptionValue, CustomStringConvertible {
    init?(parsing text: String)
}

extension TextOption {
    public init?(optionText: String) { self.init(parsing: optionText) }
    public var optionText: String? { description }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer(), text = try container.decode(String.self)
        guard let value = Self(parsing: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is none of \(Self.optionForm)")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Schedule: TextOption {}
extension Loss: TextOption {}

extension ClassWeights: TextOption {
    public static var optionForm: String { "balanced, or a number from 0 up for each class, with commas" }
}

extension WeightAverage: TextOption {
    public static var optionForm: String { "a decay below 1, or DECAY:warmup" }
}

extension GradientClipping: TextOption {
    public static var optionForm: String { "norm:LIMIT or value:LIMIT" }
}

extension RateFactor: TextOption {
    public static var optionForm: String { "PATTERN=FACTOR" }
}

extension PathPattern: TextOption {
    public init?(parsing text: String) { self.init(text) }
    public static var optionForm: String { "a pattern of parameters' paths, such as layer1 or *.bias" }
}

extension Colour: TextOption {
    public static var optionForm: String { "white, black or six hexadecimal digits such as ff8000" }
}

extension Augmentation: OptionValue {
    public init?(optionText: String) {
        guard let augmentation = try? Augmentation(parsing: optionText) else { return nil }
        self = augmentation
    }
    public var optionText: String? { description }
    public static var optionForm: String { "a list of transforms such as crop:4,flip" }
}
