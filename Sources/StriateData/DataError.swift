/// What is wrong with a data set, a file or a download: one line that says where, what, and what to do.
public struct DataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, folder, URL or name at fault.
    public let file: String
    public let message: String

    public init(_ file: String, _ message: String) {
        self.file = file
        self.message = message
    }

    /// `train-images-idx3-ubyte: ends after 100 bytes, but its header claims 47040016`.
    public var description: String { "\(file): \(message)" }
}
