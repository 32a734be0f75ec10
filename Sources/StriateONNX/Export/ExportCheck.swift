public import StriateEngine
public import StriateFormats
public import StriateGraph
public import StriateNetworks

/// What a check of an exported file found.
public struct ExportCheck: Hashable, Sendable {
    /// Random pictures that ran through both graphs.
    public static let pictures = 3
    /// Beyond this a file is not the model that it was made of.
    public static let tolerance: Float = 1e-4

    /// The largest difference of any logit, as a share of the largest logit.
    public let difference: Float

    /// Imports a file's bytes again and runs both models on the same random pictures.
    ///
    /// - Parameter file: What errors call it.
    /// - Throws: ``FormatError`` where the bytes are not a model, or another one.
    public init(
        _ bytes: [UInt8], of model: some ModelArchitecture, weights: Weights, file: String, engine: some Engine
    ) throws(FormatError) {
        let again = try ONNXNetwork(try ONNXModel(bytes: bytes, name: file))
        guard again.classes == model.classes, again.preprocessing == model.preprocessing else {
            throw FormatError(file: file, "the check failed: imported again, it has other classes or another preprocessing")
        }
        let shape = model.preprocessing.shape
        var generator = SeededGenerator(seed: 1, path: "export")
        let pixels = (0..<Self.pictures * shape.count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        let expected = try Self.logits(of: model, weights, pixels, file: file, engine: engine)
        let found = try Self.logits(of: again, again.weights, pixels, file: file, engine: engine)

        let scale = expected.reduce(0) { max($0, abs($1)) }
        let largest = zip(expected, found).reduce(Float(0)) { max($0, $1.0 == $1.1 ? 0 : abs($1.0 - $1.1)) }
        difference = largest == 0 ? 0 : largest / scale
        guard expected.count == found.count, difference <= Self.tolerance else {
            throw FormatError(
                file: file, "the check failed: imported again, its answers differ by \(difference) of the largest; the file was not written")
        }
    }

    private static func logits(
        of model: some ModelArchitecture, _ weights: Weights, _ pixels: [UInt8], file: String, engine: some Engine
    ) throws(FormatError) -> [Float] {
        do {
            let graph = try model.traced().graph.optimized()
            let program = try engine.compile(graph, batch: pictures)
            let used = Set(graph.variables.map(\.variable.name))
            var needed = Weights()
            for (path, tensor) in weights where used.contains(path) { needed[path] = tensor }
            try program.load(needed)
            try program.run(Feed(count: pictures, inputs: [TracedNetwork.pixelsName: Source(.bytes(pixels), first: pictures)]))
            return program.output(TracedNetwork.outputName).values
        } catch { throw FormatError(file: file, "the check could not run: \(error)") }
    }
}
