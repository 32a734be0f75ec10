// The whole library under one import.
@_exported public import StriateData
@_exported public import StriateEngine
@_exported public import StriateFormats
@_exported public import StriateGraph
@_exported public import StriateInsight
@_exported public import StriateNetworks
@_exported public import StriateONNX
@_exported public import StriateTraining

// The layers. The operations of the same names (such as `StriateGraph.Linear`) are what the layers become in a graph.
public typealias Linear = StriateNetworks.Linear
public typealias Dropout = StriateNetworks.Dropout
public typealias AdaptiveAveragePool = StriateNetworks.AdaptiveAveragePool
public typealias Softmax = StriateNetworks.Softmax
