public import StriateGraph

/// Files of weights of every kind that can be read. What a file is, its first bytes tell, not its name.
public enum WeightsFile {
    /// Reads the tensors of a safetensors file or a PyTorch checkpoint.
    ///
    /// Names are those of the network: what `DataParallel` (`module.`) and `torch.compile` (`_orig_mod.`) put before all of them is
    /// taken off. An optimiser's state beside them is left aside.
    /// - Throws: ``FormatError`` where the file cannot be read, is damaged, or is of another kind.
    public static func read(_ path: String) throws(FormatError) -> Weights {
        try read(FileBytes(path))
    }

    /// Reads a file's bytes.
    ///
    /// - Parameter name: What errors call it.
    public static func read(bytes: [UInt8], name: String) throws(FormatError) -> Weights {
        try read(MemoryBytes(name: name, bytes: bytes))
    }

    private static func read(_ source: some ByteSource) throws(FormatError) -> Weights {
        let start = try source.bytes(0..<min(32, source.size))
        switch Kind(start) {
        case .safetensors:
            let weights = try Safetensors(source).weights
            // A checkpoint's; what only further training needs.
            return weights.only(weights.paths.filter { !$0.hasPrefix(ModelFile.statePrefix) }).withoutWrapperNames()
        case .pyTorch: return try PyTorchFile(source).weights.withoutWrapperNames()
        case .pickle:
            throw FormatError(
                file: source.name, "a pickle that torch.save did not write; save model.state_dict() with torch.save")
        case .hdf5: throw FormatError(file: source.name, "an HDF5 file (Keras); save the weights as safetensors by PyTorch's names")
        case nil where source.size == 0: throw FormatError(file: source.name, "the file is empty")
        case nil: throw FormatError(file: source.name, "neither a safetensors file nor a PyTorch checkpoint")
        }
    }

    private enum Kind {
        case safetensors, pyTorch, pickle, hdf5

        /// - Parameter start: The first 32 bytes, or all where there are fewer.
        init?(_ start: [UInt8]) {
            if start.starts(with: Array("PK".utf8)) || start.contains(LegacyTorchFile.magic) {
                self = .pyTorch
            } else if start.count > 8, start[8] == UInt8(ascii: "{") {
                // Behind the header's length.
                self = .safetensors
            } else if start.count > 2, start[0] == 0x80, (2...5).contains(start[1]) {
                self = .pickle
            } else if start.starts(with: [0x89] + Array("HDF".utf8)) {
                self = .hdf5
            } else {
                return nil
            }
        }
    }
}

extension Weights {
    /// The same tensors without what wrappers of a network put before all names.
    func withoutWrapperNames() -> Weights {
        var names = paths
        while !names.isEmpty, let prefix = ["module.", "_orig_mod."].first(where: { prefix in names.allSatisfy { $0.hasPrefix(prefix) } }) {
            names = names.map { String($0.dropFirst(prefix.count)) }
        }
        guard names != paths else { return self }
        var renamed = Weights()
        for (name, (_, tensor)) in zip(names, self) { renamed[name] = tensor }
        return renamed
    }
}
