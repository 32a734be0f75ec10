import StriateFormats

/// Puts a graph's nodes in an order in which each comes after those that it reads, and leaves out what is not needed.
struct NodeOrder {
    private let nodes: [ProtoNode]
    private let file: String
    /// Initialisers and inputs.
    private let known: Set<String>
    /// Which node makes a value.
    private var makers: [String: Int] = [:]

    init(_ nodes: [ProtoNode], known: Set<String>, file: String) throws(FormatError) {
        self.nodes = nodes
        self.known = known
        self.file = file
        for (index, node) in nodes.enumerated() {
            for output in node.outputs where !output.isEmpty {
                guard !known.contains(output), makers.updateValue(index, forKey: output) == nil else {
                    throw FormatError(file: file, tensor: output, "is made twice, the second time by \(node.label)")
                }
            }
        }
    }

    /// Depth first from the outputs, with a stack of its own: a file decides how deep a graph is.
    func order(for outputs: [String]) throws(FormatError) -> [ProtoNode] {
        enum State { case unseen, entered, done }
        var states = Array(repeating: State.unseen, count: nodes.count)
        var ordered = [ProtoNode]()
        var stack = [(node: Int, nextInput: Int)]()

        func enter(_ name: String, readBy reader: ProtoNode?) throws(FormatError) {
            if known.contains(name) { return }
            guard let maker = makers[name] else {
                let place = reader.map { "read by \($0.label)" } ?? "an output"
                throw FormatError(file: file, tensor: name, "is \(place), but nothing makes it")
            }
            switch states[maker] {
            case .done: return
            case .entered: throw FormatError(file: file, "the graph runs in a circle through \(nodes[maker].label)")
            case .unseen:
                states[maker] = .entered
                stack.append((maker, 0))
            }
        }

        for output in outputs {
            try enter(output, readBy: nil)
            while let (index, input) = stack.last {
                let node = nodes[index]
                guard input < node.inputs.count else {
                    states[index] = .done
                    ordered.append(node)
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].nextInput += 1
                if !node.inputs[input].isEmpty { try enter(node.inputs[input], readBy: node) }
            }
        }
        return ordered
    }
}

extension ProtoNode {
    /// What errors call a node: `node conv1 (Conv)`.
    var label: String {
        let title = name.isEmpty ? outputs.first { !$0.isEmpty } ?? "" : name
        return "node \(title.prefix(80)) (\(`operator`.prefix(40)))"
    }
}
