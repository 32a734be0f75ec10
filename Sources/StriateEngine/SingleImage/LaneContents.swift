import StriateGraph
import StriateLanes

/// What a lane holds throughout a program.
package enum LaneContents: Hashable, Sendable, CaseIterable {
    /// The same element of neighbouring images: for batches that fill lanes, and for all that is no inference.
    case images
    /// Neighbouring channels of one image: for smaller batches, at inference.
    case channels
}

extension Lowering {
    /// Lowers for a batch of so many images, lanes holding what is expected to take less time.
    ///
    /// A group of images costs the same however few there are; channels cost by the image, and the last block of a layer's is rarely full.
    /// Batches that fill lanes hold images without an estimate, and so do graphs with an operation that lanes of channels lack.
    init(_ graph: Graph, batch: Int) throws(EngineError) {
        if batch < Lane.width, graph.updates.isEmpty, let single = try? Lowering(graph, lanesHold: .channels),
            Double(batch) * single.cycles <= graph.cyclesOfGroup
        {
            self = single
        } else {
            try self.init(graph)
        }
    }
}

extension Graph {
    /// Estimated cycles of one core for the convolutions and linear layers of a group of images.
    fileprivate var cyclesOfGroup: Double {
        nodes.reduce(0) { sum, node in
            if let convolution = node.operation as? Convolution {
                let geometry = ConvolutionGeometry(
                    convolution.window, groups: convolution.groups, input: self[node.inputs[0]].shape, output: self[node.results[0]].shape,
                    precision: convolution.precision)
                if let winograd = geometry.winograd { return sum + winograd.cycles }
            }
            return sum + Double(node.operation.multiplyAdds(for: node.inputs.map { self[$0] })) * Graph.cyclesForMultiplyAdd
        }
    }

    /// Two multiply-adds of lanes a cycle, less what the tiles take beside them.
    private static let cyclesForMultiplyAdd = 0.55
}
