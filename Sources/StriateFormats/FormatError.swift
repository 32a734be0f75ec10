/// Why a file cannot be read or written: which file, where in it, and why. Always one line.
public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file's path, or another name for where the bytes came from.
    public let file: String
    /// The tensor concerned; empty where the fault is not one tensor's.
    public let tensor: String
    public let reason: String

    public init(file: String, tensor: String = "", _ reason: String) {
        self.file = file
        self.tensor = tensor
        self.reason = reason
    }

    public var description: String {
        let place = tensor.isEmpty ? file.onOneLine : "\(file.onOneLine): tensor \(tensor.abbreviated)"
        return "\(place): \(reason.onOneLine)"
    }
}

extension String {
    /// Without control characters: names come from files, and messages stay on one line.
    var onOneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }

    /// On one line and at most 80 characters long.
    var abbreviated: String {
        let start = prefix(81)
        return (start.count > 80 ? start.prefix(79) + "…" : start).description.onOneLine
    }
}
