public import StriateData
public import StriateGraph
public import StriateNetworks

/// The kernels of a network's first convolution, for pictures of them while it learns.
public struct FirstFilters: Sendable {
    /// The weight's path, such as `conv1.weight`.
    public let path: String
    private let network: TracedNetwork

    /// Nil for a network without a convolution of more than one tap.
    public init?(of network: TracedNetwork) {
        guard let variable = FilterSheets.convolutions(of: network, first: 1).first else { return nil }
        path = variable.name
        self.network = network
    }

    /// The kernels side by side.
    ///
    /// - Parameters:
    ///   - weight: The parameter at ``path``.
    ///   - width: The most pixels that the picture is wide.
    /// - Throws: ``DataError`` where that would be too large a picture.
    public func picture(of weight: Tensor, width: Int = 640) throws(DataError) -> Picture {
        var weights = Weights(), layout = MapSheet()
        weights[path] = weight
        layout.width = width
        let sheets = FilterSheets(network: network, weights: weights, layout: layout)
        guard let kernels = sheets.kernels(ofFirst: 1).first else { fatalError("\(path) is no weight of a convolution") }
        return try sheets.picture(of: kernels, ColourScale(covering: weight.values))
    }
}
