import StriateGraph

/// The networks that Striate knows by name.
public enum NetworkCatalog {
    /// In the order in which `striate networks` lists them.
    public static let networks: [NetworkDescription] = [.lenet5, .lenet5D2L, .lenet5CIFAR, .cifarConvNet]

    /// - Throws: ``NetworkError`` for an unknown name, with the nearest known one.
    public static func network(named name: String) throws(NetworkError) -> NetworkDescription {
        if let network = networks.first(where: { $0.name == name }) { return network }
        let names = networks.map(\.name)
        let hint = Suggestion.nearest(to: name, among: names).map { "did you mean \($0)?" }
        throw NetworkError(
            "there is no network called \"\(name)\"; \(hint ?? "known networks: \(names.joined(separator: ", "))")")
    }
}

/// A name, an option or a size that no network can be made from. One line: what, where, what to do.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

extension NetworkDescription {
    static let lenet5 = NetworkDescription(
        name: "lenet5",
        summary: "LeNet-5 as tutorials teach it: sigmoid, average pooling, softmax",
        source: "LeCun, Bottou, Bengio, Haffner 1998, Gradient-based learning applied to document recognition, Proc. IEEE 86(11)",
        input: [1, 32, 32], mean: [0.1307], standardDeviation: [0.3081],
        parameterCount: 61_706,
        options: [
            NetworkOption("activation", ["sigmoid", "tanh", "relu"], help: "function after each convolution and hidden layer"),
            NetworkOption("pooling", ["average", "max"], help: "what a 2×2 window becomes"),
        ],
        recipe: Recipe(epochs: 10, batch: 64, rate: 0.01, momentum: 0.9)
    ) { classes, options in
        LeNet5(
            classes: classes, activation: options["activation"].flatMap(Activation.Kind.init) ?? .sigmoid,
            pooling: options["pooling"] == "max" ? .max : .average)
    }

    static let lenet5D2L = NetworkDescription(
        name: "lenet5-d2l",
        summary: "LeNet of the book Dive into Deep Learning: 28×28 pictures, padded",
        source: "Zhang, Lipton, Li, Smola 2023, Dive into Deep Learning, section 7.6; after LeCun et al. 1998",
        input: [1, 28, 28], mean: [0], standardDeviation: [1],
        parameterCount: 61_706,
        recipe: Recipe(epochs: 10, batch: 256, rate: 0.9, initialization: .xavier)
    ) { classes, _ in LeNet5D2L(classes: classes) }

    static let lenet5CIFAR = NetworkDescription(
        name: "lenet5-cifar",
        summary: "LeNet for colour pictures of PyTorch's tutorial: ReLU, max pooling",
        source: "PyTorch tutorials, Training a classifier; after LeCun et al. 1998",
        input: [3, 32, 32], mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5],
        parameterCount: 62_006,
        recipe: Recipe(epochs: 2, batch: 4, rate: 0.001, momentum: 0.9)
    ) { classes, _ in LeNet5CIFAR(classes: classes) }

    static let cifarConvNet = NetworkDescription(
        name: "cifar-cnn",
        summary: "three 5×5 convolutions of 32, 32 and 64 maps, two linear layers",
        source: "after Krizhevsky 2012, cuda-convnet's CIFAR-10 quick network",
        input: [3, 32, 32], mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5],
        parameterCount: 145_578,
        // No published recipe: a plain one that trains steadily.
        recipe: Recipe(epochs: 10, batch: 64, rate: 0.01, momentum: 0.9)
    ) { classes, _ in CIFARConvNet(classes: classes) }
}
