public import StriateGraph

/// A model whose logits are divided by a temperature, so that their softmax means what it says (Guo et al., 2017, On calibration of modern
/// neural networks, ICML). No answer changes. Training works on the logits as they are.
public struct CalibratedModel: ModelArchitecture {
    public let uncalibrated: any ModelArchitecture
    public let temperature: Float

    /// - Parameter temperature: Above 0.
    public init(_ model: any ModelArchitecture, temperature: Float) {
        uncalibrated = model.uncalibrated
        self.temperature = temperature
    }

    public var network: String { uncalibrated.network }
    public var options: [String: String] { uncalibrated.options }
    public var classes: [String] { uncalibrated.classes }
    public var preprocessing: Preprocessing { uncalibrated.preprocessing }
    public var importedGraph: [UInt8]? { uncalibrated.importedGraph }

    public func traced(mode: Trace.Mode, regularization: Regularization) throws(NetworkError) -> TracedNetwork {
        try calibrated(uncalibrated.traced(mode: mode, regularization: regularization), mode)
    }

    public func tracedWithoutPreprocessing(mode: Trace.Mode) throws(NetworkError) -> TracedNetwork {
        try calibrated(uncalibrated.tracedWithoutPreprocessing(mode: mode), mode)
    }

    private func calibrated(_ network: TracedNetwork, _ mode: Trace.Mode) throws(NetworkError) -> TracedNetwork {
        guard mode == .inference else { return network }
        do { return try network.multiplyingLogits(by: 1 / temperature) } catch { throw NetworkError("\(self.network): \(error)") }
    }
}
