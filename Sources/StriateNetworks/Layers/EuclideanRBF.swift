public import StriateGraph

/// Radial basis functions with fixed centres: logit i is `−Σⱼ (xⱼ − cᵢⱼ)²` (LeCun et al., 1998, eq. 7, with the sign turned).
///
/// The nearest centre has the largest logit, and the softmax of the logits is the posterior of that paper's eq. 9. `[n]` to `[classes]`;
/// no parameters.
public struct EuclideanRBF: Layer {
    /// `[classes, n]`
    public var centers: Tensor

    public init(centers: Tensor) { self.centers = centers }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        let distances = try trace.graph.squaredDistance(x, to: trace.graph.constant(centers))
        return try trace.graph.multiply(distances, by: -1)
    }
}
