import StriateGraph

/// The networks that Striate knows by name.
public enum NetworkCatalog {
    /// In the order in which `striate networks` lists them.
    public static let networks: [NetworkDescription] =
        [.lenet5Of1998, .lenet5, .lenet5D2L, .lenet5CIFAR, .mnistConvNet, .cifarConvNet, .resnet9, .airBench]
        + ResNetCIFAR.Depth.allCases.map(NetworkDescription.resnetCIFAR)
        + [.alexnet, .alexnetTorchvision]
        + VGG.Depth.allCases.flatMap { [.vgg($0, hasBatchNorm: false), .vgg($0, hasBatchNorm: true)] }
        + [.googlenet2014, .googlenet]
        + ResNet.Depth.allCases.map(NetworkDescription.resnet)

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
