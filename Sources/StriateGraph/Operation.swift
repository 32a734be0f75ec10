/// Something a graph can compute: a small value that knows its shape rule and its gradient, and nothing of how it is run.
///
/// Two operations that are equal and read the same values compute the same: passes rely on `Hashable`.
public protocol Operation: Hashable, Sendable, CustomStringConvertible {
    /// The types of the results for inputs of these types.
    ///
    /// - Throws: ``ShapeError`` (its path is filled in by the graph) where the inputs do not fit.
    func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType]

    /// Appends to `graph` what computes the gradient of each input of `node`, given that of each result (nil where no
    /// gradient reaches it). Returns one entry for each input: nil where none flows.
    func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?]

    /// Appends to `graph` what carries diagonal second derivatives from the results of `node` back to its inputs by the Gauss–Newton
    /// rule: the gradient with every factor squared. `upstream` and the result are as in ``gradient(of:upstream:in:)``.
    ///
    /// - Throws: ``ShapeError`` where the operation has no such rule.
    func curvature(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?]

    /// Multiply-adds for one image, as the literature counts them: convolutions and linear layers, no biases.
    func multiplyAdds(for inputs: [ValueType]) -> Int
}

extension Operation {
    public func multiplyAdds(for inputs: [ValueType]) -> Int { 0 }

    /// Operations without a gradient of their own stop it, as gradients themselves do.
    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        node.inputs.map { _ in nil }
    }

    public func curvature(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        throw ShapeError(path: node.path, "there is no rule for the second derivatives of \(self)")
    }
}

// MARK: - Where values come from

/// What is fed to every run: images, labels, the learning rate.
public struct Input: Operation {
    public let name: String
    public let type: ValueType

    public var description: String { "input \(name)" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [type] }
}

/// What lives from run to run: a parameter, a running statistic, or an optimiser's state.
public struct Variable: Operation {
    public enum Role: Hashable, Sendable {
        /// Learnt from gradients.
        case parameter
        /// Followed while training and used at inference, such as batch normalisation's mean and variance.
        case runningStatistic
        /// Of use to further training alone.
        case optimizerState
    }

    /// The path by which model files know it, such as `conv1.weight`.
    public let name: String
    public let shape: Shape
    public let role: Role

    public var description: String { "variable \(name)" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [.shared(shape)] }
}

/// Numbers that never change.
public struct Constant: Operation {
    public let tensor: Tensor

    public var description: String {
        tensor.shape.count == 1 ? "constant \(tensor.values[0])" : "constant of \(tensor.shape)"
    }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [.shared(tensor.shape)] }
}

extension Graph {
    /// A value fed to every run, one for each image.
    public mutating func input(_ name: String, _ shape: Shape) -> Value { source(Input(name: name, type: .batched(shape))) }

    /// A single number fed to every run, such as the learning rate.
    public mutating func scalarInput(_ name: String) -> Value { source(Input(name: name, type: .shared(.scalar))) }

    public mutating func variable(_ name: String, _ shape: Shape, role: Variable.Role = .parameter) -> Value {
        source(Variable(name: name, shape: shape, role: role))
    }

    public mutating func constant(_ tensor: Tensor) -> Value { source(Constant(tensor: tensor)) }

    private mutating func source(_ operation: some Operation) -> Value {
        do { return try append(operation)[0] } catch { fatalError("a source has no inputs that could misfit: \(error)") }
    }
}
