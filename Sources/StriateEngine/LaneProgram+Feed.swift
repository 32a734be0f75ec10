import StriateGraph

extension LaneProgram {
    /// The number of classes for each input that a loss or a metric reads labels from.
    static func labelLimits(_ graph: Graph) -> [String: Int] {
        var limits = [String: Int]()
        let names = Dictionary(uniqueKeysWithValues: graph.inputs.map { ($0.value, $0.name) })
        for node in graph.nodes {
            let labels: Value, classes: Int
            switch node.operation {
            case is SoftmaxCrossEntropy, is SoftmaxCrossEntropyGradient, is LabelLogit, is Top1:
                (labels, classes) = (node.inputs[1], graph[node.inputs[0]].shape.count)
            case let gradient as LabelLogitGradient: (labels, classes) = (node.inputs[0], gradient.classes)
            default: continue
            }
            if let name = names[labels] { limits[name] = min(limits[name] ?? .max, classes) }
        }
        return limits
    }

    func check(_ feed: Feed) throws(EngineError) {
        guard feed.count > 0 else { throw EngineError("there are no images to run") }
        guard feed.count <= batch else { throw EngineError("\(feed.count) images are more than the batch of \(batch) that was planned") }
        for name in feed.inputs.keys where !sources.contains(where: { $0.name == name }) {
            throw EngineError("the graph has no input \(name)")
        }
        for name in feed.scalars.keys where !scalars.contains(where: { $0.name == name }) {
            throw EngineError("the graph has no number \(name)")
        }
        for (name, _) in scalars where feed.scalars[name] == nil { throw EngineError("the number \(name) is missing") }
        for (name, sampleCount) in sources {
            guard let source = feed.inputs[name] else { throw EngineError("the input \(name) is missing") }
            guard source.rows.count == feed.count else {
                throw EngineError("the input \(name) has \(source.rows.count) rows for \(feed.count) images")
            }
            let samples = sampleCount == 0 ? 0 : source.elements.count / sampleCount
            guard source.elements.count % max(1, sampleCount) == 0 else {
                throw EngineError("the input \(name) holds \(source.elements.count) elements, not a multiple of \(sampleCount)")
            }
            let limit = labelLimits[name]
            for row in source.rows {
                guard row >= 0, row < samples else { throw EngineError("the input \(name) has \(samples) samples, no number \(row)") }
                if let limit { try checkLabel(source.elements, row, below: limit) }
            }
        }
    }

    private func checkLabel(_ elements: Source.Elements, _ row: Int, below limit: Int) throws(EngineError) {
        let isValid = switch elements {
        case .bytes(let labels): Int(labels[row]) < limit
        case .integers(let labels): labels[row] >= 0 && Int(labels[row]) < limit
        case .floats(let labels): labels[row] >= 0 && labels[row] < Float(limit) && labels[row] == labels[row].rounded()
        }
        guard !isValid else { return }
        let label: String = switch elements {
        case .bytes(let labels): "\(labels[row])"
        case .integers(let labels): "\(labels[row])"
        case .floats(let labels): "\(labels[row])"
        }
        throw EngineError("the label of sample \(row) is \(label), but there are \(limit) classes (0 to \(limit - 1))")
    }

    /// Lends the sources' memory, in the program's order.
    func withFedSources(_ feed: Feed, _ body: (UnsafePointer<FedSource>) -> Void) {
        // One more than needed: a graph without batched inputs runs as well.
        withUnsafeTemporaryAllocation(of: FedSource.self, capacity: sources.count + 1) { lent in
            func lend(from index: Int) {
                guard index < sources.count else { return body(UnsafePointer(lent.baseAddress!)) }
                guard let source = feed.inputs[sources[index].name] else { fatalError("feeds are checked before they are lent") }
                func place(_ elements: FedSource.Elements) {
                    source.rows.withUnsafeBufferPointer { rows in
                        lent.initializeElement(at: index, to: FedSource(elements: elements, rows: rows.baseAddress!))
                        lend(from: index + 1)
                    }
                }
                switch source.elements {
                case .bytes(let elements): elements.withUnsafeBufferPointer { place(.bytes($0.baseAddress!)) }
                case .integers(let elements): elements.withUnsafeBufferPointer { place(.integers($0.baseAddress!)) }
                case .floats(let elements): elements.withUnsafeBufferPointer { place(.floats($0.baseAddress!)) }
                }
            }
            lend(from: 0)
        }
    }
}
