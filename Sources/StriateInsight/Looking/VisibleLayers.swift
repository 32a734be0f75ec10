import StriateGraph
public import StriateNetworks

extension TracedNetwork {
    /// The layers to look at, in the order in which their results are computed: those that hold no others, and of those that do the ones that
    /// end in a result of their own, such as a residual block's sum.
    public var visibleLayers: [TracedLayer] {
        var visible = [TracedLayer](), taken = Set<Value>()
        // What stands later in the list lies further inside.
        for layer in layers.reversed() where graph[layer.value].isBatched && layer.value != input {
            let isNew = taken.insert(layer.value).inserted
            if isNew || !layer.isContainer { visible.append(layer) }
        }
        let order = visible.reversed().enumerated().sorted { ($0.element.value.index, $0.offset) < ($1.element.value.index, $1.offset) }
        return order.map(\.element)
    }

    /// The layer with this path, be it a container.
    ///
    /// - Throws: ``InsightError`` where there is none, with the nearest name.
    func layer(named path: String) throws(InsightError) -> TracedLayer {
        guard let layer = layers.first(where: { $0.path == path }) else {
            let names = layers.map(\.path), hint = Suggestion.hint(for: path, among: names)
            let some = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
            throw InsightError("the network has no layer \"\(path)\"\(hint.isEmpty ? "; its layers are \(some)" : hint)")
        }
        return layer
    }

    /// What Grad-CAM looks at unless told: the last convolution with more than one place, and of all that follows it at that size (its
    /// normalisation, its activation, the sum of its block) the last. Nil in a network without such a convolution.
    public var lastSpatialLayer: TracedLayer? {
        guard let convolution = graph.nodes.last(where: { $0.operation is Convolution && graph[$0.results[0]].shape.places > 1 }) else {
            return nil
        }
        var reached = Set(convolution.results)
        for node in graph.nodes where node.inputs.contains(where: reached.contains) { reached.formUnion(node.results) }
        let size = graph[convolution.results[0]].shape.extents.dropFirst()
        return visibleLayers.last { reached.contains($0.value) && $0.output.rank == 3 && $0.output.extents.dropFirst() == size }
    }
}

extension Shape {
    /// Rows times columns of maps.
    fileprivate var places: Int { extents.dropFirst().reduce(1, *) }
}
