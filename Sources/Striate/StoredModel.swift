import Foundation

/// A model as a file holds it: described, and with its weights.
public struct StoredModel: Sendable {
    /// The file it was read from.
    public let path: String
    public let description: any ModelArchitecture
    public let weights: Weights

    /// Reads a model file, an `.onnx` file, or the best model of a run's folder.
    ///
    /// - Parameter input: `[channels, rows, columns]` of what an `.onnx` file takes, where it leaves that open; other files say it.
    /// - Throws: An error of one line that names the file where it cannot be read, holds no model, or its weights do not fit.
    public init(contentsOf path: String, input: Shape? = nil) throws {
        self.path = try StoredModel.file(for: path)
        guard !StoredModel.isONNX(self.path) else {
            let network = try ONNXNetwork(ONNXModel(contentsOf: self.path), input: input)
            (description, weights) = (network, network.weights)
            return
        }
        let file = try ModelFile.read(self.path), temperature = file.metadata.temperature ?? 1
        func calibrated(_ network: some ModelArchitecture) -> any ModelArchitecture {
            temperature == 1 ? network : CalibratedModel(network, temperature: temperature)
        }
        guard file.metadata.graph == nil else {
            let network = try ONNXNetwork(file, file: self.path)
            (description, weights) = (calibrated(network), network.weights)
            return
        }
        let network = ModelDescription(file.metadata)
        description = calibrated(network)
        let traced: TracedNetwork
        do { traced = try network.traced() } catch { throw FormatError(file: self.path, error.description) }
        weights = try file.weights.matched(to: traced.parameters.map { ($0.path, $0.shape) }, from: self.path)
    }

    public static func isONNX(_ path: String) -> Bool { path.lowercased().hasSuffix(".onnx") }

    /// The file that holds a model: itself, or the best one of a run's folder.
    ///
    /// - Throws: ``FormatError`` where there is none.
    public static func file(for path: String) throws(FormatError) -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw FormatError(file: path, "no such file or folder")
        }
        guard isFolder.boolValue else { return path }
        for name in ["best.safetensors", "last.safetensors"] {
            let file = path.hasSuffix("/") ? path + name : path + "/" + name
            if FileManager.default.fileExists(atPath: file) { return file }
        }
        throw FormatError(file: path, "the folder holds no best.safetensors; name the folder of a training run")
    }
}
