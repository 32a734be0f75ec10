import StriateData
import StriateGraph
import StriateNetworks

/// Two layers on 4×4 pictures of three classes.
struct SmallNetwork: Network {
    var body: [any Layer] {
        Flatten()
        Linear(8).named("hidden")
        Tanh()
        Linear(3).named("output")
    }

    static let classes = ["cat", "dog & <co>", "eel"]

    /// Noise, of each class in turn.
    static func images(_ count: Int) -> ImageSet {
        var generator = SeededGenerator(seed: 1, path: "report")
        let pixels = (0..<count * 16).map { _ in UInt8(generator.below(256)) }
        return ImageSet(shape: [1, 4, 4], pixels: pixels, labels: (0..<count).map { Int32($0 % 3) }, classes: classes)
    }

    static func traced() throws -> TracedNetwork {
        try TracedNetwork(SmallNetwork(), preprocessing: Preprocessing([1, 4, 4], mean: [0.5], standardDeviation: [0.5]), mode: .inference)
    }
}
