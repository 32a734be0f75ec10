public import StriateGraph

/// A second classifier on the way, whose loss helps to train what lies before it (Szegedy et al., 2015, section 5). The layer
/// itself returns its input unchanged.
///
/// In training ``TracedNetwork/auxiliaries`` holds the logits of the body and the weight. At inference the body is not in the graph;
/// its parameters are in ``TracedNetwork/parameters`` all the same.
public struct Auxiliary: Layer {
    /// The factor of its loss in the sum of losses.
    public var weight: Float
    public var body: [any Layer]

    public init(weight: Float, @LayerBuilder _ body: () -> [any Layer]) {
        self.weight = weight
        self.body = body()
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.applyAuxiliary(body, weight: weight, to: x)
        return x
    }
}
