// The whole library under one import.
@_exported public import StriateData
@_exported public import StriateEngine
@_exported public import StriateFormats
@_exported public import StriateGraph
@_exported public import StriateInsight
@_exported public import StriateNetworks
@_exported public import StriateTraining

/// The layer. The operation of the same name (`StriateGraph.Linear`) is what the layer becomes in a graph.
public typealias Linear = StriateNetworks.Linear
