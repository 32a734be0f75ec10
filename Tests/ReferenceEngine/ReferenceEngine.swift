public import StriateEngine
public import StriateGraph

/// The slowest engine there is: scalar loops over doubles, one operation after another, nothing fused, nothing shared.
/// It is what other engines are compared with, and is itself compared with PyTorch's golden values.
public struct ReferenceEngine: Engine {
    public init() {}

    public func compile(_ graph: Graph, batch: Int) throws(EngineError) -> any Program { ReferenceProgram(graph, batch: batch) }
}

public final class ReferenceProgram: Program {
    public let graph: Graph
    public let batch: Int
    private(set) var state: [String: [Double]] = [:]
    private var results: [[Double]] = []
    private(set) var count = 0

    /// How near the last run came to a decision that rounding could turn: the distance of a ReLU's input from 0, or between
    /// the two largest values in a max pool's window, relative to the largest magnitude around. Engines may differ below.
    public internal(set) var margin = Double.infinity

    public init(_ graph: Graph, batch: Int) {
        self.graph = graph
        self.batch = batch
        for (variable, _) in graph.variables { state[variable.name] = Array(repeating: 0, count: variable.shape.count) }
    }

    public var memory: ProgramMemory {
        let images = graph.types.reduce(0) { $0 + $1.shape.count * ($1.isBatched ? batch : 1) }
        return ProgramMemory(
            arena: images * 8, arenaWithoutReuse: images * 8, variables: state.values.reduce(0) { $0 + $1.count * 8 })
    }

    public var variables: Weights {
        var weights = Weights()
        for (variable, _) in graph.variables { weights[variable.name] = Tensor(variable.shape, state[variable.name]!.map(Float.init)) }
        return weights
    }

    public func load(_ weights: Weights) throws(EngineError) {
        for (path, tensor) in weights {
            guard let known = state[path], known.count == tensor.shape.count else {
                throw EngineError("no variable \(path) of \(tensor.shape)")
            }
        }
        for (path, tensor) in weights { state[path] = tensor.values.map(Double.init) }
    }

    /// Nobody asks where this engine's time goes.
    public func profile(_ feed: Feed) throws(EngineError) -> RunProfile {
        try run(feed)
        return RunProfile(stages: [])
    }

    public func run(_ feed: Feed) throws(EngineError) {
        guard (1...batch).contains(feed.count) else { throw EngineError("\(feed.count) images in a program for \(batch)") }
        count = feed.count
        margin = .infinity
        results = Array(repeating: [], count: graph.types.count)
        for node in graph.nodes {
            let call = Call(
                node: node, inputs: node.inputs.map { results[$0.index] }, types: node.inputs.map { graph[$0] },
                resultTypes: node.results.map { graph[$0] }, count: count, feed: feed)
            for (result, elements) in zip(node.results, evaluate(call)) { results[result.index] = elements }
        }
        // What lives from run to run is a float, as in every engine.
        let new = graph.updates.map { results[$0.value.index].map { Double(Float($0)) } }
        for (update, elements) in zip(graph.updates, new) {
            for (variable, value) in graph.variables where value == update.variable { state[variable.name] = elements }
        }
    }

    public func output(_ name: String) -> Tensor {
        let value = graph.output(named: name)!, type = graph[value]
        return Tensor(type.isBatched ? Shape([count] + type.shape.extents) : type.shape, results[value.index].map(Float.init))
    }

    /// An output of the last run, unrounded.
    public func elements(of name: String) -> [Double] { results[graph.output(named: name)!.index] }
}

/// One operation of one run.
struct Call {
    let node: Node
    let inputs: [[Double]]
    let types: [ValueType]
    let resultTypes: [ValueType]
    /// Images in the batch.
    let count: Int
    let feed: Feed

    /// Of the first result.
    var type: ValueType { resultTypes[0] }

    /// One result, image by image.
    func images(_ compute: (_ image: Int) -> [Double]) -> [[Double]] { [(0..<count).flatMap(compute)] }

    /// An image's elements of an input.
    func image(_ index: Int, of input: Int) -> ArraySlice<Double> {
        let size = types[input].shape.count
        return inputs[input][index * size..<(index + 1) * size]
    }
}

extension ReferenceProgram {
    /// Each family of operations has a file; it answers nil for what is not its own.
    private func evaluate(_ call: Call) -> [[Double]] {
        let families: [(Call) -> [[Double]]?] = [
            sources, convolutions, linears, pools, elements, batches, losses, updates, normalizations, rearrangements, arithmetics,
        ]
        for family in families { if let results = family(call) { return results } }
        fatalError("the reference engine lacks \(call.node.operation)")
    }

    private func sources(_ call: Call) -> [[Double]]? {
        switch call.node.operation {
        case let input as Input:
            guard input.type.isBatched else { return [[Double(call.feed.scalars[input.name]!)]] }
            return [call.feed.inputs[input.name]!.numbers(of: input.type.shape.count)]
        case let variable as Variable: return [state[variable.name]!]
        case let constant as Constant: return [constant.tensor.values.map(Double.init)]
        case is Reshape: return [call.inputs[0]]
        default: return nil
        }
    }
}

extension Source {
    /// The samples that its rows name, one after another.
    func numbers(of size: Int) -> [Double] {
        rows.flatMap { row in
            (row * size..<(row + 1) * size).map { place in
                switch elements {
                case .bytes(let bytes): Double(bytes[place])
                case .integers(let integers): Double(integers[place])
                case .floats(let floats): Double(floats[place])
                }
            }
        }
    }
}
