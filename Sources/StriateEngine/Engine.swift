public import StriateGraph

/// Turns graphs into programs for some machine.
public protocol Engine: Sendable {
    /// Plans a graph for batches of up to `batch` images.
    ///
    /// The program's parameters are zero until ``Program/load(_:)`` sets them.
    /// - Throws: ``EngineError`` where the graph holds an operation that the engine lacks, or does not fit into memory.
    func compile(_ graph: Graph, batch: Int) throws(EngineError) -> any Program
}

/// A planned graph with its own memory and its own copy of the variables. Not for use from two threads at once.
public protocol Program: AnyObject {
    var graph: Graph { get }

    /// The most images that one run takes.
    var batch: Int { get }

    /// Bytes of the arena and of what the variables occupy.
    var memory: ProgramMemory { get }

    /// All variables: parameters and optimiser state, by name, in the graph's order.
    var variables: Weights { get }

    /// One of them; nil where the graph has none of this name.
    func variable(_ name: String) -> Tensor?

    /// Sets the variables of these names; the others keep their values.
    ///
    /// - Throws: ``EngineError`` for a name that the graph lacks or a tensor of another shape; nothing is set then.
    func load(_ weights: Weights) throws(EngineError)

    /// Runs once: computes all outputs, then performs the graph's updates.
    ///
    /// - Throws: ``EngineError`` for missing or unknown inputs, too many images or none, or rows beyond their source. Nothing is changed then.
    func run(_ feed: Feed) throws(EngineError)

    /// Runs once as ``run(_:)`` does, with the same results, and measures what each step takes. That costs time of its own: two readings
    /// of the clock for each part of a step.
    ///
    /// - Throws: As ``run(_:)`` does.
    func profile(_ feed: Feed) throws(EngineError) -> RunProfile

    /// An output of the last run. Batched outputs have the number of images as their first extent.
    ///
    /// - Precondition: the graph has an output of this name.
    func output(_ name: String) -> Tensor
}

extension Program {
    public func variable(_ name: String) -> Tensor? { variables[name] }

    /// Sets the variables that the graph has from weights that may hold more, such as those of auxiliary heads.
    ///
    /// - Throws: ``EngineError`` for a tensor of another shape; nothing is set then.
    public func adopt(_ weights: Weights) throws(EngineError) {
        try load(weights.only(graph.variables.map(\.variable.name)))
    }
}

/// Bytes that a program occupies.
public struct ProgramMemory: Hashable, Sendable {
    /// Activations, gradients and scratch, after values that never live at once share their place.
    public var arena: Int
    /// The same without sharing: what liveness saved is the difference.
    public var arenaWithoutReuse: Int
    public var variables: Int

    /// The most memory that the program itself takes, once all of it has been used.
    public var total: Int { arena + variables }

    public init(arena: Int, arenaWithoutReuse: Int, variables: Int) {
        self.arena = arena
        self.arenaWithoutReuse = arenaWithoutReuse
        self.variables = variables
    }
}

/// What one run reads: for each batched input a source, for each scalar input a number.
public struct Feed: Sendable {
    /// How many images run.
    public var count: Int
    public var inputs: [String: Source]
    public var scalars: [String: Float]
    /// What chance follows from in this run, where the graph holds any (``Dropout``): a training gives every step another.
    public var seed: UInt64

    public init(count: Int, inputs: [String: Source], scalars: [String: Float] = [:], seed: UInt64 = 0) {
        self.count = count
        self.inputs = inputs
        self.scalars = scalars
        self.seed = seed
    }
}

/// Samples one after another, and which of them a run reads: a whole data set can stand here, uncopied.
public struct Source: Sendable {
    public enum Elements: Sendable {
        case bytes([UInt8])
        case integers([Int32])
        case floats([Float])

        var count: Int {
            switch self {
            case .bytes(let elements): elements.count
            case .integers(let elements): elements.count
            case .floats(let elements): elements.count
            }
        }
    }

    public var elements: Elements
    /// The sample (not the element) that fills each place of the batch: as many as images run.
    public var rows: ArraySlice<Int>

    public init(_ elements: Elements, rows: ArraySlice<Int>) {
        self.elements = elements
        self.rows = rows
    }

    /// The first `count` samples.
    public init(_ elements: Elements, first count: Int) {
        self.init(elements, rows: Array(0..<count)[...])
    }
}

/// Why a graph cannot be compiled or run.
public struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
