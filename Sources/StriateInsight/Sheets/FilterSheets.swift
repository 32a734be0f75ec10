import StriateData
import StriateGraph
import StriateNetworks

/// What a network has learnt to look for, and how it is wired: pictures of its weights.
struct FilterSheets {
    let network: TracedNetwork
    let weights: Weights
    let layout: MapSheet

    /// The kernels of a convolution.
    struct Kernels {
        /// The weight's path, such as `conv1.weight`.
        let path: String
        /// `[outputs, inputs, rows, columns]`
        let weight: Tensor
        /// Which inputs each output sees, where not all.
        let connections: ConnectionTable?
    }

    /// The kernels of the first convolutions with more than one tap, in the order of the network.
    func kernels(ofFirst count: Int) -> [Kernels] {
        FilterSheets.convolutions(of: network, first: count).compactMap { variable in
            weights[variable.name].map { weight in
                Kernels(path: variable.name, weight: weight, connections: network.parameters.first { $0.path == variable.name }?.connections)
            }
        }
    }

    /// The weights of the first convolutions with more than one tap, in the order of the network.
    static func convolutions(of network: TracedNetwork, first count: Int) -> [Variable] {
        let graph = network.graph, producers = graph.producers
        var found = [Variable]()
        for node in graph.nodes where node.operation is Convolution && found.count < count {
            // Between a variable and a convolution stands at most the mask of its connections.
            var maker = graph.nodes[producers[node.inputs[1].index]]
            if maker.operation is ConnectionMask { maker = graph.nodes[producers[maker.inputs[0].index]] }
            guard let variable = maker.operation as? Variable, variable.shape.rank == 4, variable.shape[2] * variable.shape[3] > 1 else { continue }
            found.append(variable)
        }
        return found
    }

    /// The kernels side by side: in colours where they read red, green and blue, by the scale of signs where they read one channel, else a column for
    /// each output and a row for each input.
    func picture(of kernels: Kernels, _ scale: ColourScale) throws(DataError) -> Picture {
        let shape = kernels.weight.shape, (outputs, inputs) = (shape[0], shape[1]), area = shape[2] * shape[3]
        if inputs == 3 {
            let colours = (0..<min(outputs, FilterSheets.mostKernels)).map { output in
                Picture(shape: [3, shape[2], shape[3]], pixels: kernels.weight.values[output * 3 * area..<(output + 1) * 3 * area].map {
                    // Grey is 0, so that a channel's weights of either sign can be seen.
                    UInt8(128 + 127 * max(-1, min(1, scale.reach > 0 && $0.isFinite ? $0 / scale.reach : 0)))
                })
            }
            // Their own grey is that of other sheets' paper.
            return try layout.sheet(of: colours, side: 48, paper: 255)
        }
        func kernel(_ output: Int, _ input: Int) -> Picture {
            let first = (output * inputs + input) * area
            return scale.picture(kernels.weight.values[first..<first + area], rows: shape[2], columns: shape[3])
        }
        if inputs == 1 { return try layout.sheet(of: (0..<min(outputs, FilterSheets.mostKernels)).map { kernel($0, 0) }, side: 64) }
        let (across, down) = (min(outputs, FilterSheets.mostPairs), min(inputs, FilterSheets.mostPairs))
        let rows = (0..<down).map { input in (0..<across).map { kernel($0, input) } }
        return try layout.sheet(ofRows: rows, side: max(24, min(48, layout.width / across - 2)), gap: 2)
    }

    /// The most kernels that are shown of a convolution that reads one channel or three.
    static let mostKernels = 64
    /// The most outputs, and the most inputs, that are shown of any other.
    static let mostPairs = 16

    /// Which inputs each output sees, as in Table 1 of LeCun et al. (1998): a column for each output, a row for each input.
    func picture(of table: ConnectionTable) throws(DataError) -> Picture {
        func dot(_ isConnected: Bool) -> Picture { Picture(shape: [1, 1, 1], pixels: [isConnected ? 20 : 235]) }
        let rows = (0..<table.inputs).map { input in table.rows.map { dot($0.contains(input)) } }
        return try layout.sheet(ofRows: rows, side: 20, gap: 2)
    }

    /// The centres of a network's radial basis functions and the value that is compared with them; nil in networks without.
    var centres: (tensor: Tensor, compared: Value)? {
        let graph = network.graph, producers = graph.producers
        for node in graph.nodes where node.operation is SquaredDistance {
            if let constant = graph.nodes[producers[node.inputs[1].index]].operation as? Constant { return (constant.tensor, node.inputs[0]) }
        }
        return nil
    }

    /// Centres of 84 numbers as the characters that they draw, 7 wide and 12 high (LeCun et al., 1998, figure 3); first, in the colours of a
    /// scale, what the network compares with them. Nil for other centres.
    func bitmaps(_ centres: Tensor, beside features: [Float]?) throws(DataError) -> Picture? {
        let (rows, columns) = (12, 7)
        guard centres.shape[1] == rows * columns else { return nil }
        let characters = (0..<min(centres.shape[0], FilterSheets.mostKernels)).map { place in
            Picture(shape: [1, rows, columns], pixels: centres.values[place * rows * columns..<(place + 1) * rows * columns].map {
                // Ink is +1, paper −1.
                UInt8(128 - 127 * max(-1, min(1, $0)))
            })
        }
        guard let features, features.count == rows * columns else { return try layout.sheet(of: characters, side: 84) }
        let seen = ColourScale(covering: features).picture(features, rows: rows, columns: columns)
        return try layout.sheet(of: [seen] + characters, side: 84, margin: 16)
    }
}
