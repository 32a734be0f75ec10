public import StriateGraph

extension Weights {
    /// These tensors, in the order in which a network expects them, if they are exactly the ones it expects.
    ///
    /// - Parameters:
    ///   - expected: The paths and shapes of the network's parameters.
    ///   - file: What errors call the place where the tensors came from.
    /// - Throws: ``FormatError`` that names the tensors that are missing, left over or of another shape (the first few of each).
    public func matched(to expected: [(path: String, shape: Shape)], from file: String) throws(FormatError) -> Weights {
        var matched = Weights()
        var missing = [String](), misshaped = [String]()
        for (path, shape) in expected {
            guard let tensor = self[path] else {
                missing.append(path.abbreviated)
                continue
            }
            if tensor.shape == shape {
                matched[path] = tensor
            } else {
                misshaped.append("\(path.abbreviated) is \(tensor.shape), expected \(shape)")
            }
        }
        let wanted = Set(expected.map(\.path))
        let left = paths.filter { !wanted.contains($0) }.map(\.abbreviated)

        let complaints = [("missing", missing), ("of another shape", misshaped), ("left over", left)]
            .filter { !$0.1.isEmpty }
            .map { what, names in "\(names.count) \(what) (\(firstFew(names)))" }
        guard complaints.isEmpty else {
            throw FormatError(file: file, "the tensors do not fit the network: " + complaints.joined(separator: ", "))
        }
        return matched
    }
}

private func firstFew(_ names: [String]) -> String {
    names.count <= 4 ? names.joined(separator: "; ") : names.prefix(3).joined(separator: "; ") + "; …"
}
