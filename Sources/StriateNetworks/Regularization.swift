/// What training does to a network so that it does not learn its pictures by heart. Nothing of it is there at inference.
public struct Regularization: Hashable, Sendable {
    /// The rate of every ``Dropout`` layer; nil for each one's own.
    public var dropout: Float?
    /// How often the last residual block's branch falls; those before it fall the less the earlier they come: block l of L with `l/L` of
    /// this (Huang et al., "Deep networks with stochastic depth", 2016).
    public var stochasticDepth: Float

    public init(dropout: Float? = nil, stochasticDepth: Float = 0) {
        self.dropout = dropout
        self.stochasticDepth = stochasticDepth
    }
}
