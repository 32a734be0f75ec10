public import StriateGraph

/// A tensor that a network takes from a file.
public struct ExpectedTensor: Hashable, Sendable {
    public enum Need: Hashable, Sendable {
        /// The file must hold it.
        case required
        /// The file may lack the whole branch that it belongs to (the first part of its path), which then starts afresh:
        /// auxiliary classifiers while training.
        case optional
        /// The same, and nobody needs to be told: auxiliary classifiers when training is over.
        case spare
    }

    public let path: String
    public let shape: Shape
    public let need: Need

    public init(_ path: String, _ shape: Shape, _ need: Need = .required) {
        self.path = path
        self.shape = shape
        self.need = need
    }

    /// The layer that it belongs to: `classifier.6` for `classifier.6.weight`; empty where the network is one layer.
    fileprivate var layer: String { path.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(path[..<$0]) } ?? "" }

    /// The first part of its path: `aux1` for `aux1.fc2.weight`.
    fileprivate var branch: String { path.utf8.firstIndex(of: UInt8(ascii: ".")).map { String(path[..<$0]) } ?? path }
}

/// What of a network's tensors a file gave.
public struct FittedWeights: Hashable, Sendable {
    /// In the order in which they were expected.
    public let weights: Weights
    /// The paths of those that keep their initial values.
    public let fresh: [String]
    /// A line for each reason why some keep them, to be told to the user.
    public let notes: [String]
}

extension Weights {
    /// These tensors as far as a network takes them.
    ///
    /// Names and shapes must be exactly the expected ones, with these exceptions: what PyTorch's batch norm counts
    /// (`num_batches_tracked`) is left aside, optional branches may be absent, and a classifier for another number of classes
    /// starts afresh where the number was chosen.
    /// - Parameters:
    ///   - classes: How many classes the network tells apart, if that is a choice which the file may contradict; nil if it may not.
    ///   - file: What errors call the place where the tensors came from.
    /// - Throws: ``FormatError`` that names the tensors that are missing, left over or of another shape (the first few of each).
    public func fitted(to expected: [ExpectedTensor], classes: Int? = nil, from file: String) throws(FormatError) -> FittedWeights {
        let present = Set(expected.filter { self[$0.path] != nil }.map(\.branch))
        var found = Weights(), misfits = Misfits()
        var absent = [ExpectedTensor](), heads = [ExpectedTensor]()
        for tensor in expected {
            guard let candidate = self[tensor.path] else {
                if tensor.need != .required, !present.contains(tensor.branch) {
                    absent.append(tensor)
                } else {
                    misfits.missing.append(tensor.path)
                }
                continue
            }
            if candidate.shape == tensor.shape {
                found[tensor.path] = candidate
            } else if let classes, isHead(tensor.shape, classes: classes, in: candidate.shape) {
                heads.append(tensor)
            } else {
                misfits.misshaped.append((tensor.path, candidate.shape, tensor.shape))
            }
        }
        let known = Set(expected.map(\.path))
        misfits.leftOver = paths.filter { !known.contains($0) && !isBatchCount($0) }

        // One classifier, and one more in each optional branch, all of the same number of classes.
        let counts = Set(heads.compactMap { self[$0.path]?.shape[0] })
        if counts.count > 1 || Set(heads.filter { $0.need == .required }.map(\.layer)).count > 1 {
            for tensor in heads { if let candidate = self[tensor.path] { misfits.misshaped.append((tensor.path, candidate.shape, tensor.shape)) } }
        }
        try misfits.check(file: file)

        var notes = [String]()
        let missed = absent.filter { $0.need == .optional }
        if !missed.isEmpty { notes.append(startAfresh(missed.map(\.branch)) + ": not in the file") }
        if let classes, let count = counts.first {
            notes.append(startAfresh(heads.map(\.layer)) + ": the file has \(count) classes, the network \(classes)")
        }
        let fresh = Set((absent + heads).map(\.path))
        return FittedWeights(weights: found, fresh: expected.map(\.path).filter(fresh.contains), notes: notes)
    }

    /// Whether a tensor for `classes` classes differs from the file's in their number alone.
    private func isHead(_ shape: Shape, classes: Int, in file: Shape) -> Bool {
        shape.rank > 0 && shape.rank == file.rank && shape[0] == classes && shape.extents.dropFirst() == file.extents.dropFirst()
    }

    /// Whether this is how many batches a batch norm of PyTorch has seen, which nothing depends on.
    private func isBatchCount(_ path: String) -> Bool {
        (path == "num_batches_tracked" || path.hasSuffix(".num_batches_tracked")) && self[path]?.shape == .scalar
    }

    /// `aux1, aux2 start afresh`, each name once.
    private func startAfresh(_ names: [String]) -> String {
        var seen = Set<String>()
        let names = names.filter { seen.insert($0).inserted }.map { $0.isEmpty ? "the layer" : $0.abbreviated }
        return names.joined(separator: ", ") + (names.count == 1 ? " starts afresh" : " start afresh")
    }
}
