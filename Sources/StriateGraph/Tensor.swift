/// Numbers on the host: a shape and its elements, row-major. What model files, checkpoints and users exchange.
public struct Tensor: Hashable, Sendable {
    public let shape: Shape
    public var values: [Float]

    /// - Precondition: there are exactly `shape.count` values.
    public init(_ shape: Shape, _ values: [Float]) {
        precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
        self.shape = shape
        self.values = values
    }

    public init(_ shape: Shape, repeating value: Float) {
        self.init(shape, Array(repeating: value, count: shape.count))
    }

    public init(_ value: Float) { self.init(.scalar, [value]) }
}

/// Tensors by path (`features.0.weight`), in the order of the network: where model files, checkpoints and programs meet.
public struct Weights: Sendable, Hashable {
    public private(set) var paths: [String] = []
    private var tensors: [String: Tensor] = [:]

    public init() {}

    public var count: Int { paths.count }

    /// The number of elements of all tensors.
    public var elementCount: Int { tensors.values.reduce(0) { $0 + $1.shape.count } }

    /// Setting a new path appends it; setting nil removes it.
    public subscript(path: String) -> Tensor? {
        get { tensors[path] }
        set {
            if let newValue {
                if tensors.updateValue(newValue, forKey: path) == nil { paths.append(path) }
            } else if tensors.removeValue(forKey: path) != nil {
                paths.removeAll { $0 == path }
            }
        }
    }
}

extension Weights {
    /// Those of these paths, in this order; paths that are not there are left out.
    public func only(_ paths: [String]) -> Weights {
        var chosen = Weights()
        for path in paths { chosen[path] = self[path] }
        return chosen
    }
}

extension Weights: Sequence {
    /// Walks the tensors in the order in which they were added.
    public func makeIterator() -> AnyIterator<(path: String, tensor: Tensor)> {
        var index = 0
        return AnyIterator {
            guard index < paths.count, let tensor = tensors[paths[index]] else { return nil }
            defer { index += 1 }
            return (paths[index], tensor)
        }
    }
}
