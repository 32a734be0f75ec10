public import StriateGraph

/// A model: weights with all that is needed to use them. On disk a safetensors file that other frameworks can read too.
public struct ModelFile: Sendable, Hashable {
    public var metadata: ModelMetadata
    /// The network's parameters, by path.
    public var weights: Weights

    public init(_ metadata: ModelMetadata, weights: Weights) {
        self.metadata = metadata
        self.weights = weights
    }

    /// What the paths of tensors begin with that only further training needs, such as `optimizer.momentum.conv1.weight`.
    public static let statePrefix = "optimizer."

    /// Reads a model. A checkpoint is one as well: what only further training needs is left out.
    ///
    /// - Throws: ``FormatError``; for a file of bare weights it says to name a network and use `--weights`.
    public static func read(_ path: String) throws(FormatError) -> ModelFile {
        try ModelFile(Safetensors(contentsOf: path), file: path)
    }

    /// - Parameter file: What errors call it.
    public init(_ contents: Safetensors, file: String) throws(FormatError) {
        metadata = try ModelMetadata(texts: contents.metadata, file: file)
        weights = Weights()
        for (path, tensor) in contents.weights where !path.hasPrefix(Self.statePrefix) { weights[path] = tensor }
    }

    /// Writes the file whole or not at all; the same model gives the same bytes.
    ///
    /// - Throws: ``FormatError`` with the reason; a file that was there before is untouched then.
    public func write(to path: String) throws(FormatError) {
        try Safetensors(weights, metadata: metadata.texts).write(to: path)
    }
}
