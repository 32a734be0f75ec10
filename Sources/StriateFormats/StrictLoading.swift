public import StriateGraph

extension Weights {
    /// These tensors, in the order in which a network expects them, if they are exactly the ones it expects.
    ///
    /// What PyTorch's batch norm counts (`num_batches_tracked`) is left aside.
    /// - Parameters:
    ///   - expected: The paths and shapes of the network's tensors.
    ///   - file: What errors call the place where the tensors came from.
    /// - Throws: ``FormatError`` that names the tensors that are missing, left over or of another shape (the first few of each).
    public func matched(to expected: [(path: String, shape: Shape)], from file: String) throws(FormatError) -> Weights {
        try fitted(to: expected.map { ExpectedTensor($0.path, $0.shape) }, from: file).weights
    }
}

/// What does not fit between a file and a network.
struct Misfits {
    var missing = [String]()
    var misshaped = [(path: String, found: Shape, expected: Shape)]()
    var leftOver = [String]()

    /// - Throws: ``FormatError`` that names all of them, if there are any.
    func check(file: String) throws(FormatError) {
        let shapes = misshaped.map { "\($0.path.abbreviated) is \($0.found), expected \($0.expected)" }
        let complaints = [
            ("missing", missing.map(\.abbreviated)), ("of another shape", shapes), ("left over", leftOver.map(\.abbreviated)),
        ]
        .filter { !$0.1.isEmpty }
        .map { what, names in "\(names.count) \(what) (\(firstFew(names)))" }
        guard complaints.isEmpty else {
            throw FormatError(file: file, "the tensors do not fit the network: " + complaints.joined(separator: ", "))
        }
    }

    private func firstFew(_ names: [String]) -> String {
        names.count <= 4 ? names.joined(separator: "; ") : names.prefix(3).joined(separator: "; ") + "; …"
    }
}
