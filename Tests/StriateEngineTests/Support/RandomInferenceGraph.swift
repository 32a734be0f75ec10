import StriateGraph

/// A small network as nobody would build it, at inference: random channels (often not a multiple of a lane), sizes, windows, groups,
/// branches and residuals.
struct RandomInferenceGraph {
    private(set) var graph = Graph()
    private(set) var input: Shape
    private var random: SeededGenerator

    init(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed), path: "random inference")
        input = [[1, 2, 3, 16, 17, 33][random.below(6)], 1 + random.below(14), 1 + random.below(14)]
        self.random = random
        var x = graph.input("x", input)
        if below(3) == 0 { x = try graph.affine(x, scale: [0.75], offset: [-0.25]) }
        for index in 0..<2 + below(6) {
            graph.path = "layer\(index)"
            x = try layer(x)
            if below(4) == 0 { graph.output("layer \(index)", x) }
        }
        graph.path = "head"
        x = try graph.flatten(x)
        if below(2) == 0 { graph.output("features", x) }
        for _ in 0..<below(3) { x = try linear(x) }
        if below(2) == 0 { x = try graph.append(Softmax(isLogarithm: below(2) == 0), [x])[0] }
        if below(4) == 0 { x = try graph.squaredDistance(x, to: variable([7, graph[x].shape[0]])) }
        graph.output("y", x)
        if below(3) > 0 { graph = graph.optimized() }
    }

    private mutating func below(_ bound: Int) -> Int { random.below(bound) }
    private mutating func extent(_ bound: Int) -> Extent { Extent(1 + below(bound), 1 + below(bound)) }

    private mutating func variable(_ shape: Shape) -> Value { graph.variable("\(graph.types.count)", shape) }

    private mutating func layer(_ x: Value) throws -> Value {
        let shape = graph[x].shape
        switch below(16) {
        case 0...4: return try convolution(x)
        case 5: return try residual(x)
        case 6: return try branches(x)
        case 7, 8: return try pool(x)
        case 9: return try graph.activation(Activation.Kind.allCases[below(4)], x)
        case 10: 
            let functions: [ElementFunction.Kind] = [.silu, .clip(low: -0.5, high: 0.5), .elu(scale: 0.5)]
            return try graph.apply(functions[below(3)], x)
        case 11: return try graph.channelAffine(x, scale: variable([shape[0]]), offset: variable([shape[0]]))
        case 12:
            let size = 1 + below(6)
            return try graph.localResponseNormalization(x, LocalResponseNormalization(size: size, before: below(size), alpha: 0.5, beta: below(2) == 0 ? 0.75 : 0.5))
        case 13: return try graph.adaptiveAveragePool(x, to: extent(4))
        case 14:
            let axis = below(3), start = below(shape[axis])
            return try graph.slice(x, axis: axis, start..<start + 1 + below(shape[axis] - start))
        default:
            let axis = below(3), extent = shape[axis]
            return try graph.gather(x, axis: axis, (0..<1 + below(20)).map { _ in below(extent + 1) - 1 })
        }
    }

    private mutating func convolution(_ x: Value, keepingSize: Bool = false) throws -> Value {
        let shape = graph[x].shape
        let divisors = (1...shape[0]).filter { shape[0] % $0 == 0 }
        let groups = [1, 1, shape[0], divisors[below(divisors.count)]][below(4)]
        let outputs = groups * (below(3) == 0 ? 1 : 1 + below(max(1, 40 / groups)))
        var window = Window(kernel: keepingSize ? 3 : extent(5))
        if keepingSize {
            window.padding = 1
        } else {
            window.stride = extent(3)
            window.dilation = extent(2)
            window.padding = Padding(top: below(3), bottom: below(3), left: below(3), right: below(3))
            if (try? window.outputSize(for: Extent(shape[1], shape[2]))) == nil { window = Window(kernel: 1) }
        }
        let weight = variable([outputs, shape[0] / groups, window.kernel.rows, window.kernel.columns])
        var y = try graph.convolution(x, weight: weight, window: window, groups: groups)
        if below(2) == 0 { y = try graph.addBias(y, variable([outputs])) }
        if !keepingSize, below(2) == 0 { y = try graph.activation(Activation.Kind.allCases[below(4)], y) }
        let size = graph[y].shape
        if !keepingSize, below(4) == 0, size[1] > 1, size[2] > 1 {
            y = try below(2) == 0 ? graph.maxPool(y, window: Window(kernel: 2, stride: 2)) : graph.averagePool(y, window: Window(kernel: 2, stride: 2))
        }
        return y
    }

    private mutating func residual(_ x: Value) throws -> Value {
        let a = try convolution(x, keepingSize: true), channels = graph[a].shape[0]
        let shape = graph[x].shape
        let b = channels == shape[0] ? x
            : try graph.convolution(x, weight: variable([channels, shape[0], 1, 1]), window: Window(kernel: 1))
        let sum = below(2) == 0 ? try graph.add(a, b) : try graph.add(b, a)
        return below(3) == 0 ? sum : try graph.activation(Activation.Kind.allCases[below(4)], sum)
    }

    private mutating func branches(_ x: Value) throws -> Value {
        let parts = try (0..<2 + below(2)).map { _ in try convolution(x, keepingSize: true) }
        return try graph.concatenate(below(2) == 0 ? parts : parts + [x])
    }

    private mutating func pool(_ x: Value) throws -> Value {
        let shape = graph[x].shape
        var window = Window(kernel: extent(3), stride: extent(3), roundsUp: below(2) == 0)
        window.padding = Padding(below(window.kernel.rows), below(window.kernel.columns))
        if (try? window.outputSize(for: Extent(shape[1], shape[2]))) == nil { window = Window(kernel: 1, stride: 2) }
        return try below(2) == 0 ? graph.maxPool(x, window: window) : graph.averagePool(x, window: window, countsPadding: below(2) == 0)
    }

    private mutating func linear(_ x: Value) throws -> Value {
        let y = try graph.linear(x, weight: variable([1 + below(150), graph[x].shape[0]]))
        return below(2) == 0 ? y : try graph.activation(Activation.Kind.allCases[below(4)], try graph.addBias(y, variable(graph[y].shape)))
    }
}
