import Foundation
import StriateData
import StriateEngine
import StriateFormats
import StriateGraph
import StriateNetworks
import Testing

/// The network of `make_explanations.py`, with its weights, its picture, and what PyTorch makes of them.
struct SmallModel: ModelArchitecture {
    struct Layers: Network {
        var body: [any Layer] {
            Conv2D(6, kernel: 3, padding: 1).named("stem")
            BatchNorm().named("norm")
            ReLU().named("act1")
            Residual {
                Conv2D(6, kernel: 3, padding: 1, bias: false).named("conv1")
                BatchNorm().named("bn1")
                ReLU().named("relu")
                Conv2D(6, kernel: 3, padding: 1, bias: false).named("conv2")
                BatchNorm().named("bn2")
            }.named("block")
            ReLU().named("act2")
            MaxPool(2).named("pool")
            Conv2D(8, kernel: 3, padding: 1).named("head")
            Tanh().named("act3")
            GlobalAveragePool().named("mean")
            Flatten().named("flatten")
            StriateNetworks.Linear(5).named("fc")
        }
    }

    let network = "small"
    let options: [String: String] = [:]
    let classes = ["a", "b", "c", "d", "e"]
    let preprocessing: Preprocessing
    let importedGraph: [UInt8]? = nil

    let weights: Weights
    let picture: Picture
    /// By the names in `make_explanations.py`.
    let expected: Weights

    init() throws {
        let path = try #require(Bundle.module.path(forResource: "explanations", ofType: "safetensors", inDirectory: "Fixtures"))
        let stored = try Safetensors(contentsOf: path).weights
        func values(_ name: String) throws -> [Float] { try #require(stored[name]).values }
        preprocessing = Preprocessing([3, 12, 12], mean: try values("mean"), standardDeviation: try values("deviation"))
        picture = Picture(shape: [3, 12, 12], pixels: try values("picture").map { UInt8($0) })
        var weights = Weights()
        for (name, tensor) in stored where name.hasPrefix("weight/") { weights[String(name.dropFirst(7))] = tensor }
        self.weights = weights
        expected = stored
    }

    func traced(mode: Trace.Mode, regularization: Regularization) throws(NetworkError) -> TracedNetwork {
        do {
            return try TracedNetwork(Layers(), preprocessing: preprocessing, mode: mode, regularization: regularization)
        } catch { throw NetworkError(error.description) }
    }

    func tracedWithoutPreprocessing(mode: Trace.Mode) throws(NetworkError) -> TracedNetwork {
        do { return try TracedNetwork(Layers(), input: preprocessing.shape, mode: mode) } catch { throw NetworkError(error.description) }
    }
}

/// Expects numbers to agree within `tolerance` of the largest among the expected.
func expectAgreement(_ found: [Float], _ expected: Tensor?, tolerance: Float = 1e-4, _ name: String) throws {
    let expected = try #require(expected, "\(name): the fixture has no such tensor").values
    try #require(found.count == expected.count, "\(name): \(found.count) numbers in place of \(expected.count)")
    let scale = expected.reduce(0) { max($0, $1.magnitude) }
    try #require(scale > 0, "\(name): all expected numbers are 0, which proves nothing")
    let worst = zip(found, expected).map { ($0 - $1).magnitude }.max() ?? 0
    #expect(worst <= tolerance * scale, "\(name): off by \(worst), where numbers reach \(scale)")
}
